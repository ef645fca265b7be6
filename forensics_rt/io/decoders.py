"""Which packages decode a file: recorded so that a result can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata

import PIL

from forensics_rt.io.formats import format_of
from forensics_rt.io.pdf.signature import PDF

_OF_PDF = ("pypdfium2", "pikepdf")


@lru_cache
def decoder_versions(kind: str) -> Mapping[str, str]:
    """Return the version of each package that decodes a kind of file.

    Args:
        kind: `DecodedImage.format`.

    Example:
        >>> sorted(decoder_versions("PDF"))
        ['pikepdf', 'pillow', 'pypdfium2']
    """
    known = format_of(kind)
    besides = _OF_PDF if kind == PDF else () if known is None else known.packages
    return {"pillow": PIL.__version__} | {name: metadata.version(name) for name in besides}
