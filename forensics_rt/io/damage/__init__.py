"""What is wrong with encoded pixels that most decoders read without a warning."""

from forensics_rt.io.damage.fax import fax_complaint
from forensics_rt.io.damage.jpeg import jpeg_complaint
from forensics_rt.io.damage.jpeg2000 import jpeg2000_complaint
from forensics_rt.io.damage.lzw import lzw_complaint
from forensics_rt.io.damage.packbits import packbits_complaint
from forensics_rt.io.damage.phrase import DAMAGED, HOW_TO_EXAMINE, tells_of_damage
from forensics_rt.io.damage.png import png_complaint
from forensics_rt.io.damage.zlib import zlib_complaint

__all__ = [
    "DAMAGED",
    "HOW_TO_EXAMINE",
    "fax_complaint",
    "jpeg2000_complaint",
    "jpeg_complaint",
    "lzw_complaint",
    "packbits_complaint",
    "png_complaint",
    "tells_of_damage",
    "zlib_complaint",
]
