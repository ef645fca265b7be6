"""Checkpoints as people have them: recognized by their tensors and loaded, without running code."""
