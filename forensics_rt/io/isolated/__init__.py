"""Decoding in child processes: a file that ends its decoder, or takes all memory, is one error."""
