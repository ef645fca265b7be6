"""Images too large for memory: read, computed and written band by band.

Example:
    >>> from forensics_rt.large import detect_large
    >>> detect_large(detector, "scan.tif", out="results", memory="1.5GB")  # doctest: +SKIP
"""

from forensics_rt.errors import TooLittleMemory
from forensics_rt.large.memory import MemoryNeed
from forensics_rt.large.result import LargeDetection
from forensics_rt.large.run import detect_large

__all__ = ["LargeDetection", "MemoryNeed", "TooLittleMemory", "detect_large"]
