"""Turns checkpoints into a bundle: ONNX graphs held to PyTorch's answers, goldens, a manifest."""
