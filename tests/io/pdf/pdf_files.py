"""PDF files of one page, written by hand: what scanners, fax machines and editors put on it."""

from __future__ import annotations

import io
import zlib

from PIL import Image

# Pages are 120 × 90 units large. `I` is the image, `F` a typeface, `X` a form that holds the image
# at half its size.
FULL = b"q 120 0 0 90 0 0 cm /I Do Q\n"
WORDS = b"BT /F 20 Tf 10 40 Td (Paid) Tj ET\n"
HIDDEN_WORDS = b"BT 3 Tr /F 20 Tf 10 40 Td (Paid) Tj ET\n"
FORM = b"q 2 0 0 2 0 0 cm /X Do Q\n"
# Owner's and user's hash are none, so no password opens it, nor does none.
_LOCK = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % ((b"00" * 32,) * 2)


def locked() -> bytes:
    """A page that needs a password."""
    return _file(WORDS, _stream(b""), trailer=_LOCK)


def jpeg(image: Image.Image, **options: object) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", **options)
    return encoded.getvalue()


def with_jpeg(
    content: bytes,
    data: bytes,
    page: bytes = b"",
    size: bytes = b"120 90",
    pixels: tuple[int, int] | None = None,
    profile: bytes | None = None,
) -> bytes:
    """A page with a JPEG, of the content and the further keys of the page given.

    It may lie about the JPEG's size in pixels, and have a color profile.
    """
    with Image.open(io.BytesIO(data)) as image:
        colors = b"/DeviceGray" if image.mode == "L" else b"/DeviceRGB"
        colors = colors if profile is None else b"[/ICCBased 8 0 R]"
        keys = _keys(pixels or image.size, colors, 8) + b"/Filter/DCTDecode"
    return _file(content, _stream(data, keys), page, size, profile=profile or b"")


def with_samples(
    content: bytes, samples: bytes, size: tuple[int, int], colors: bytes, bits: int
) -> bytes:
    """A page with an image of deflated samples; `b"stencil"` is one to paint through."""
    if colors == b"stencil":
        keys = b"/Subtype/Image/ImageMask true/Width %d/Height %d/BitsPerComponent 1" % size
    else:
        keys = _keys(size, colors, bits)
    return _file(content, _stream(zlib.compress(samples), keys + b"/Filter/FlateDecode"))


def _keys(size: tuple[int, int], colors: bytes, bits: int) -> bytes:
    return b"/Subtype/Image/Width %d/Height %d/ColorSpace%s/BitsPerComponent %d" % (
        *size,
        colors,
        bits,
    )


def _stream(data: bytes, keys: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n" % (keys, len(data)) + data + b"\nendstream"


def _file(
    content: bytes,
    image: bytes,
    page: bytes = b"",
    size: bytes = b"120 90",
    trailer: bytes = b"",
    profile: bytes = b"",
) -> bytes:
    things = b"/Resources<</XObject<</I 5 0 R/X 7 0 R>>/Font<</F 6 0 R>>>>"
    form = b"/Subtype/Form/BBox[0 0 60 45]/Resources<</XObject<</I 5 0 R>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s]/Contents 4 0 R%s%s>>" % (size, things, page),
        _stream(content),
        image,
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        _stream(b"q 60 0 0 45 0 0 cm /I Do Q", form),
        _stream(profile, b"/N 3"),
    ]
    written, places = b"%PDF-1.7\n", []
    for number, thing in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n" % number + thing + b"\nendobj\n"
    count = len(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = b"xref\n0 %d\n0000000000 65535 f \n" % count
    end = b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF"
    return written + start + table + end % (count, trailer, len(written))
