"""Small files that people might drop on the page: one tile each."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
from PIL import Image

SAMPLES = Path(__file__).parents[3] / "docs/samples"
_NUMBER = (180, 560, 692, 1072)  # of license.jpg, around a retyped number
_STAMP = (560, 900, 1000, 1300)
_ORIENTATION = 0x112


def edited() -> Image.Image:
    """A part of a license with a number that was retyped, 512×512."""
    return Image.open(SAMPLES / "license.jpg").convert("RGB").crop(_NUMBER)


def plain() -> Image.Image:
    """Another part of it."""
    return Image.open(SAMPLES / "license.jpg").convert("RGB").crop(_STAMP)


def write_papers(folder: Path) -> None:
    """Write all of them."""
    edited().save(folder / "edited.jpg", quality=95)
    plain().save(folder / "plain.png")
    whole = (folder / "edited.jpg").read_bytes()
    (folder / "broken.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "text.jpg").write_bytes(b"this is no picture")
    _write_turned(folder / "turned.jpg")
    _write_pdfs(folder)


def _write_turned(path: Path) -> None:
    image = edited().crop((0, 0, 512, 400))
    exif = image.getexif()
    exif[_ORIENTATION] = 6  # shown turned by a quarter to the right
    image.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)


def _write_pdfs(folder: Path) -> None:
    scans = io.BytesIO()
    edited().save(scans, "PDF", save_all=True, append_images=[plain(), edited()], resolution=100)
    with pikepdf.open(scans) as pdf:
        first = pdf.pages[0]
        first.Resources.Font = pikepdf.Dictionary(
            F1=pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
            )
        )
        first.contents_add(pdf.make_stream(b"q BT /F1 18 Tf 40 300 Td (500.00) Tj ET Q"))
        pdf.save(folder / "three.pdf")
        password = pikepdf.Encryption(owner="owner", user="secret")
        pdf.save(folder / "locked.pdf", encryption=password)
    pages = [edited().resize((256, 256)) for _ in range(60)]
    pages[0].save(folder / "sixty.pdf", save_all=True, append_images=pages[1:], resolution=72)
