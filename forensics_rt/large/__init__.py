"""Images too large for memory: read, computed and written band by band."""

from forensics_rt.errors import TooLittleMemory
from forensics_rt.large.memory import MemoryNeed
from forensics_rt.large.result import LargeDetection
from forensics_rt.large.run import detect_large

__all__ = ["LargeDetection", "MemoryNeed", "TooLittleMemory", "detect_large"]
