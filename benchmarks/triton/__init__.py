"""What does a Triton server cost beside the library? Also starts such a server for tests."""
