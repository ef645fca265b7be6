"""Errors of training, a branch of the tree of `forensics_rt.errors`."""

from __future__ import annotations

from forensics_rt.errors import ForensicsError


class CheckpointError(ForensicsError):
    """A checkpoint that cannot be read, or that fits no known architecture."""
