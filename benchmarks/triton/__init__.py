"""What a Triton server costs beside the library, and that server for tests."""
