"""The version of forensics_rt, alone in a file so that builds can read it without importing."""

__version__ = "0.2.0"
