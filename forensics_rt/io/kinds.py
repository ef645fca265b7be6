"""Whether a file is of a kind that is examined: an image or a PDF."""

from __future__ import annotations

from forensics_rt.errors import ImageError
from forensics_rt.io.file_source import FileSource, name_of_source
from forensics_rt.io.opening import open_encoded
from forensics_rt.io.pdf.attachment import opened_source
from forensics_rt.io.pdf.signature import is_pdf


def is_examined(source: FileSource, password: str | None = None) -> bool:
    """Tell whether a file is an image or a PDF, by its contents.

    Args:
        source: The file.
        password: What opens the PDF that it is attached to.
    """
    try:
        with opened_source(source, password) as stream:
            data = stream.read()
        if is_pdf(data):
            return True
        with open_encoded(data, name_of_source(source)):
            return True
    except ImageError:
        return False
