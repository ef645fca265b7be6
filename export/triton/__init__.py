"""Writes a model repository for an NVIDIA Triton server."""
