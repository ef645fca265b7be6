"""EXIF and other text of image files; all of it may be made up."""

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from forensics_rt.report.facts.exif import metadata_of

PICTURE = Image.fromarray(np.full((24, 32, 3), 200, np.uint8))


def encoded(kind: str = "JPEG", **how: object) -> bytes:
    stream = io.BytesIO()
    PICTURE.save(stream, kind, **how)
    return stream.getvalue()


def camera_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0131] = "Canon", "GIMP 2.10"
    details = exif.get_ifd(0x8769)
    details[0x829A], details[0x927C] = 0.008, b"\x00\x01" * 50
    return exif


def test_fields_have_their_names_and_unreadable_ones_their_size():
    facts = {fact.label: fact.value for fact in metadata_of(encoded(exif=camera_exif())).facts}

    assert facts["Make"] == "Canon" and facts["Software"] == "GIMP 2.10"
    assert facts["ExposureTime"] == "0.008"
    assert facts["MakerNote"] == "100 bytes"


def test_text_of_a_png_is_read():
    text = PngImagePlugin.PngInfo()
    text.add_text("Software", "Paint <b>1</b>")

    assert [fact.value for fact in metadata_of(encoded("PNG", pnginfo=text)).facts] == [
        "Paint <b>1</b>"
    ]


def with_thumbnail(thumbnail: bytes) -> bytes:
    head = b"Exif\0\0" + b"MM\0*\0\0\0\x08" + b"\0\0" + (14).to_bytes(4, "big")
    entries = b"".join(
        tag.to_bytes(2, "big") + b"\0\x04\0\0\0\x01" + value.to_bytes(4, "big")
        for tag, value in ((0x0201, 44), (0x0202, len(thumbnail)))
    )
    block = head + b"\0\x02" + entries + bytes(4)
    block += bytes(44 + 6 - len(block)) + thumbnail
    return encoded(exif=block)


def test_a_thumbnail_is_found():
    small = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(small, "JPEG")

    assert metadata_of(with_thumbnail(small.getvalue())).thumbnail == small.getvalue()


@pytest.mark.parametrize("seed", range(30))
def test_damaged_exif_is_no_error(seed):
    data = bytearray(encoded(exif=camera_exif()))
    rng = np.random.default_rng(seed)
    for place in rng.integers(20, 250, 12):
        data[place] = rng.integers(0, 256)

    found = metadata_of(bytes(data))

    assert all(isinstance(fact.value, str) for fact in found.facts)


def test_what_is_no_image_has_no_facts():
    assert metadata_of(b"hello") == metadata_of(b"")
