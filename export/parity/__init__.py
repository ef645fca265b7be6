"""The parity gate: what is built answers as PyTorch does, or it is not written."""
