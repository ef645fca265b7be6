"""What decodes the files, for those who want to have a result again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata

import PIL

from forensics_rt.io.pdf.signature import PDF

# Beside Pillow, which opens every kind.
_BESIDES = {
    PDF: ("pypdfium2", "pikepdf"),
    "HEIF": ("pi_heif",),
    "JPEG": ("simplejpeg",),
    "MPO": ("simplejpeg",),
}


@lru_cache
def decoder_versions(kind: str) -> Mapping[str, str]:
    """Return the version of each package that decodes a kind of file.

    Args:
        kind: `DecodedImage.format`.

    Example:
        >>> sorted(decoder_versions("PDF"))
        ['pikepdf', 'pillow', 'pypdfium2']
    """
    besides = _BESIDES.get(kind, ())
    return {"pillow": PIL.__version__} | {name: metadata.version(name) for name in besides}
