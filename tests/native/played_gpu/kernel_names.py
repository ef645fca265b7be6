"""Write what the played driver takes for compiled kernels: an ELF file that has their names."""

import re
import struct
import sys
from pathlib import Path

source, target = map(Path, sys.argv[1:])
names = re.findall(r'extern "C" __global__ .*\n(\w+)\(', source.read_text(encoding="utf-8"))
sections = b"".join(f".text.{name}".encode() + b"\0" for name in names)
header = bytearray(64)
header[:4] = b"\x7fELF"
struct.pack_into("<Q", header, 0x28, len(header) + len(sections))  # where section headers begin
target.write_bytes(bytes(header) + sections)
