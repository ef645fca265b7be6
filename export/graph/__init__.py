"""The graph of a network: traced from PyTorch, and brought into the form that casts start from."""
