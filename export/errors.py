"""Errors of the export, a branch of the tree of `forensics_rt.errors`."""

from __future__ import annotations

from forensics_rt.errors import ForensicsError


class ExportError(ForensicsError):
    """A bundle or an engine that cannot be built."""


class ParityError(ExportError):
    """A graph whose answers differ from PyTorch's beyond the limits."""
