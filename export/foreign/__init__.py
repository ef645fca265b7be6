"""Networks that come as graphs: ONNX of any exporter, TorchScript, and programs of torch.export."""
