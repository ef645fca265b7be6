"""Rows read one window after another are those that `decode` gives, or the file is refused."""

import io
import os
import struct
import sys
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from forensics_rt.errors import ImageNotFound, ImageUnreadable, OptionalDependency
from forensics_rt.io.decode import decode
from forensics_rt.io.header import read_header
from forensics_rt.io.medium.kinds import Medium
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.windowed import FileRows
from tests.io.images import (
    animation,
    broken_png,
    encode,
    encode_16_bit,
    white_is_zero_16_bit,
    with_orientation,
)

pyvips = pytest.importorskip("pyvips")
tifffile = pytest.importorskip("tifffile")


def picture(height=203, width=317):
    """Color edges and noise, where two JPEG decoders would differ first."""
    random = np.random.default_rng(3)
    coarse = random.integers(0, 256, (25, 40, 3), np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + random.normal(0, 20, smooth.shape), 0, 255).astype(np.uint8)


def jpeg(factor):
    option = getattr(cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{factor}")
    settings = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, option, cv2.IMWRITE_JPEG_QUALITY, 60]
    return cv2.imencode(".jpg", picture(), settings)[1].tobytes()


def tiff(**options):
    return pyvips.Image.new_from_array(picture()).tiffsave_buffer(**options)


def pillow(kind, mode, **options):
    return encode(kind, mode, picture(), **options)


def sixteen_bit_rgba_png():
    deep = np.random.default_rng(4).integers(0, 65536, (21, 33, 4), np.uint16)
    return cv2.imencode(".png", deep)[1].tobytes()


def few_gray_levels_png(bits):
    """A gray PNG of 2 or 4 bits a pixel, which neither Pillow nor OpenCV writes."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    random = np.random.default_rng(bits)
    lines = b"".join(b"\0" + random.bytes(64 * bits // 8) for _ in range(16))
    header = struct.pack(">IIBBBBB", 64, 16, bits, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )


def white_is_zero_tiff():
    return encode("TIFF", "L", picture(), tiffinfo={262: 0})


def oriented_tiff(orientation):
    return encode("TIFF", "RGB", picture(), tiffinfo={274: orientation})


def premultiplied_tiff():
    stream = io.BytesIO()
    rgba = np.dstack([picture(), np.full((203, 317), 128, np.uint8)])
    tifffile.imwrite(stream, rgba, photometric="rgb", extrasamples=["assocalpha"])
    return stream.getvalue()


def planes_16_bit(**options):
    """A TIFF of 16 bits whose red, green and blue lie one behind the other."""
    stream = io.BytesIO()
    planes = np.moveaxis(picture().astype(np.uint16) * 257, 2, 0)
    tifffile.imwrite(stream, planes, photometric="rgb", planarconfig="separate", **options)
    return stream.getvalue()


def tiled(**options):
    """A tiled TIFF whose directory stands before its pixels: cut, it still has a header."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, picture(), tile=(64, 64), photometric="rgb", **options)
    return stream.getvalue()


def with_wrong_bytes(data):
    half = len(data) // 2
    return data[:half] + bytes(byte ^ 0xFF for byte in data[half : half + 40]) + data[half + 40 :]


def gray_and_alpha_16_bit():
    stream = io.BytesIO()
    pixels = picture()[:, :, :2].astype(np.uint16) * 257
    tifffile.imwrite(
        stream,
        pixels,
        photometric="minisblack",
        planarconfig="contig",
        extrasamples=["unassalpha"],
    )
    return stream.getvalue()


EQUAL = {
    **{f"jpeg {factor}": lambda f=factor: jpeg(f) for factor in (411, 420, 422, 440, 444)},
    "jpeg progressive": lambda: pillow("JPEG", "RGB", progressive=True),
    "jpeg rgb inside": lambda: pillow("JPEG", "RGB", keep_rgb=True),
    "jpeg gray": lambda: pillow("JPEG", "L"),
    "jpeg cmyk": lambda: pillow("JPEG", "CMYK"),
    "jpeg oriented": lambda: with_orientation(6),
    **{f"png {m}": lambda m=m: pillow("PNG", m) for m in ("1", "L", "LA", "P", "RGB", "RGBA")},
    "png palette with alpha": lambda: pillow("PNG", "P", transparency=3),
    "png color key": lambda: pillow("PNG", "RGB", transparency=(1, 2, 3)),
    "png 2 bits": lambda: few_gray_levels_png(2),
    "png 4 bits": lambda: few_gray_levels_png(4),
    "png 16 bits": lambda: encode_16_bit("png", 3),
    "png 16 bits gray": lambda: encode_16_bit("png", 1),
    "png 16 bits alpha": sixteen_bit_rgba_png,
    **{
        f"tiff {m} {c}": lambda m=m, c=c: pillow("TIFF", m, compression=c)
        for m in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK")
        for c in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
        if (m, c) not in {("1", "jpeg"), ("P", "jpeg")}
    },
    "tiff group 4": lambda: pillow("TIFF", "1", compression="group4"),
    "tiff white is zero": white_is_zero_tiff,
    "tiff 16 bits": lambda: encode_16_bit("tiff", 3),
    "tiff 16 bits gray": lambda: encode_16_bit("tiff", 1),
    "tiff 16 bits gray, white is zero": white_is_zero_16_bit,
    "tiff 16 bits, planes, deflate": lambda: planes_16_bit(compression="zlib"),
    **{f"tiff oriented {way}": lambda way=way: oriented_tiff(way) for way in (3, 6)},
    "tiff tiled": lambda: tiff(tile=True),
    "tiff tiled, ycbcr jpeg": lambda: tiff(tile=True, compression="jpeg", Q=70),
    "tiff tiled, fine jpeg": lambda: tiff(tile=True, compression="jpeg", Q=95),
    "bigtiff tiled": lambda: tiff(tile=True, bigtiff=True, compression="deflate"),
    "bigtiff pyramid": lambda: tiff(tile=True, bigtiff=True, pyramid=True, compression="lzw"),
    "tiff tiled, unknown tag": lambda: tiled(extratags=[(60_000, "H", 1, 7, True)]),
    "tiff of strips, predictor": lambda: tiff(compression="deflate", predictor="horizontal"),
}

REFUSED = {
    "not an image": (lambda: b"hello, I am text", "must be a JPEG, PNG or TIFF"),
    "empty": (lambda: b"", "the file is empty"),
    "gray and alpha of 16 bits": (gray_and_alpha_16_bit, "whose pixel layout cannot be read"),
    "webp": (lambda: pillow("WEBP", "RGB"), "must be a JPEG, PNG or TIFF"),
    "interlaced": (
        lambda: pyvips.Image.new_from_array(picture()).pngsave_buffer(interlace=True),
        "an interlaced PNG cannot be read row by row",
    ),
    "animated": (lambda: animation("PNG"), "an animated PNG cannot be read row by row"),
    "ycbcr tiff": (lambda: pillow("TIFF", "YCbCr"), "cannot be read row by row"),
    "lab tiff": (lambda: pillow("TIFF", "LAB"), "cannot be read row by row"),
    "float tiff": (lambda: pillow("TIFF", "F"), "cannot be read row by row"),
    "planes of 16 bits": (planes_16_bit, "16-bit channels .* save it with interleaved channels"),
    "premultiplied tiff": (
        premultiplied_tiff,
        "colors multiplied by alpha cannot be read row by row",
    ),
}


@pytest.fixture
def save(tmp_path):
    def write(data):
        path = tmp_path / "image"
        path.write_bytes(data)
        return path

    return write


def read(source, step):
    """Read all rows, so many at a time."""
    pixels = np.empty((source.height, source.width, 3), np.uint8)
    for top in range(0, source.height, step):
        bottom = min(top + step, source.height)
        source.rows(top, bottom, pixels[top:bottom])
    return pixels


@pytest.mark.parametrize("step", [7, 100])
@pytest.mark.parametrize("kind", EQUAL)
def test_rows_are_those_that_decode_gives(save, kind, step):
    path = save(EQUAL[kind]())
    whole = decode(path)

    with FileRows(path) as source:
        pixels = read(source, step)
        header = source.header

    assert np.array_equal(pixels, whole.pixels)
    assert (header.format, header.mode, header.frames) == (whole.format, whole.mode, whole.frames)
    assert header.conversions == whole.conversions
    assert header.exif_orientation == whole.exif_orientation


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_known_to_be_equal_is_refused_with_a_reason(save, kind):
    make, reason = REFUSED[kind]

    with pytest.raises(ImageUnreadable, match=reason):
        FileRows(save(make()))


@pytest.mark.parametrize(
    ("data", "mend"),
    [
        (planes_16_bit(), "save it with interleaved channels"),
        (
            gray_and_alpha_16_bit(),
            "a TIFF whose pixel layout cannot be read .*; save it as 8-bit RGB",
        ),
    ],
)
def test_tiffs_that_pillow_cannot_decode_are_refused_by_decode_too(data, mend):
    with pytest.raises(ImageUnreadable, match=mend):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        pillow("JPEG", "RGB")[:-3000],
        pillow("PNG", "RGB")[:-9000],
        pillow("TIFF", "RGB", compression="raw")[:-9000],
        broken_png(b"IDAT"),
        tiled()[:-90_000],
        tiled(compression="zlib")[:-90_000],
        with_wrong_bytes(tiled(compression="zlib")),
    ],
    ids=["jpeg", "png", "tiff", "checksum", "tiles", "deflated tiles", "wrong tile"],
)
def test_a_truncated_or_damaged_file_is_an_error_and_not_a_gray_one(save, data):
    path = save(data)

    with pytest.raises(ImageUnreadable):
        decode(path)
    with pytest.raises(ImageUnreadable, match="truncated or damaged"), FileRows(path) as source:
        read(source, 50)


def test_what_libjpeg_only_warns_of_is_refused_by_both_and_examined_by_both_if_asked_for(save):
    data = jpeg(420)
    place = data.rindex(b"\xff\xda")
    path = save(data[:place] + b"\x12\x34\x56" + data[place:])

    with pytest.raises(ImageUnreadable, match=r"3 extraneous bytes .*`damaged='examine'`"):
        decode(path)
    with (
        FileRows(path) as source,
        pytest.raises(ImageUnreadable, match=r"3 extraneous bytes .*`damaged='examine'`"),
    ):
        read(source, 50)

    examined = decode(path, options=ReadOptions(damaged="examine"))
    with FileRows(path, damaged="examine") as source:
        assert np.array_equal(read(source, 50), examined.pixels)
        assert source.header.conversions == examined.conversions
    (said,) = examined.conversions
    assert said == "damaged: Corrupt JPEG data: 3 extraneous bytes before marker 0xda"


@pytest.mark.parametrize("kind", ["fax", "png"])
def test_damage_that_libvips_says_nothing_of_is_refused_too(save, kind):
    """A code of a fax; the checksum of what stands behind the pixels."""
    if kind == "fax":
        data = bytearray(pillow("TIFF", "1", compression="group4"))
        data[600] ^= 0x10
    else:
        behind = PngInfo()
        behind.add(b"auTh", b"somebody", after_idat=True)
        data = bytearray(pillow("PNG", "L", pnginfo=behind))
        data[data.index(b"somebody")] ^= 1
    path = save(bytes(data))

    for read_it in (decode, FileRows):
        with pytest.raises(ImageUnreadable, match=r"in row \d+ of|checksum of PNG chunk auTh"):
            read_it(path)
    with FileRows(path, damaged="examine") as source:
        assert source.header.conversions[-1].startswith("damaged: ")
        assert read(source, 50).shape == (203, 317, 3)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(ImageNotFound, match="no such file"):
        FileRows(tmp_path / "none.tif")


@pytest.mark.skipif(sys.platform == "win32", reason="cuts a file that is open")
@pytest.mark.parametrize("make", [tiled, lambda: pillow("PNG", "RGB")], ids=["tiles", "png"])
def test_a_file_that_is_cut_meanwhile_is_an_image_that_cannot_be_read(save, make):
    path = save(make())
    with FileRows(path) as source, pytest.raises(ImageUnreadable, match="truncated or damaged"):
        os.truncate(path, 9_000)
        read(source, 50)


def test_exif_behind_the_pixels_of_a_png_is_found(save):
    exif = Image.Exif()
    exif[0x0112] = 8
    data = pillow("PNG", "RGB", exif=exif)
    place = data.index(b"eXIf") - 4
    end = place + 12 + int.from_bytes(data[place : place + 4], "big")
    behind = data[:place] + data[end:-12] + data[place:end] + data[-12:]
    path = save(behind)

    assert read_header(path).exif_orientation == decode(path).exif_orientation == 8


def test_the_medium_is_what_the_file_says_and_its_pixels_are_not_looked_at(save):
    fax, scan = (
        read_header(save(data))
        for data in (pillow("TIFF", "1", compression="group4"), pillow("TIFF", "RGB"))
    )

    assert fax.medium == Medium("fax", "stored as CCITT Group 4") and scan.medium is None


def test_a_progressive_jpeg_is_known_to_be_held_whole(save):
    plain = read_header(save(pillow("JPEG", "RGB")))
    with FileRows(save(pillow("JPEG", "RGB", progressive=True))) as progressive:
        held = progressive.working_bytes

    assert not plain.holds_whole_image
    assert progressive.header.holds_whole_image
    assert held > progressive.height * progressive.width * 3


def test_without_pyvips_the_error_says_what_to_install(save, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvips", None)

    with pytest.raises(OptionalDependency, match=r"pip install 'forensics_rt\[large\]'"):
        FileRows(save(pillow("PNG", "RGB")))


def test_the_picture_of_these_tests_has_chroma_to_interpolate():
    stream = io.BytesIO(jpeg(420))
    ycc = np.asarray(Image.open(stream).convert("YCbCr"))

    assert ycc[:, :, 1:].std() > 10


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such name")
def test_a_name_that_is_not_utf_8_is_a_name_like_any_other(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xb7\xa2\xc6\xb1.png")
    with open(path, "wb") as stream:
        stream.write(pillow("PNG", "RGB"))

    with FileRows(path) as source:
        assert np.array_equal(read(source, 50), picture())


def test_brackets_are_part_of_a_name_and_no_options_of_libvips(tmp_path):
    path = tmp_path / "scan[page=1]"
    path.write_bytes(tiff(tile=True))
    (tmp_path / "scan").write_bytes(animation("TIFF"))

    with FileRows(path) as source:
        assert np.array_equal(read(source, 50), picture())


@pytest.mark.parametrize("options", [{"tile": True}, {}], ids=["tiles", "strips"])
def test_a_file_that_took_the_place_of_another_is_the_one_read(save, options):
    """Of tiled images libvips remembers those that it has opened, by their names."""
    for pixels in (picture(), 255 - picture(), picture(90, 70)):
        path = save(pyvips.Image.new_from_array(pixels).tiffsave_buffer(**options))
        with FileRows(path) as source:
            assert np.array_equal(read(source, 50), pixels)
