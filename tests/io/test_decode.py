import io
import os
import tempfile

import numpy as np
import pytest
from PIL import Image, ImageOps

from forensics_rt.errors import ImageNotFound, ImageTooLarge, ImageUnreadable, InvalidArray
from forensics_rt.io.decode import decode
from forensics_rt.io.pages import Page
from forensics_rt.io.read_options import ReadOptions
from forensics_rt.io.size import pixel_count
from tests.io.images import (
    animation,
    bomb,
    broken_png,
    encode,
    encode_16_bit,
    encode_deep,
    noise,
    portable_map,
    white_is_zero_16_bit,
    with_orientation,
)


@pytest.mark.parametrize("give", ["path", "string", "bytes", "file", "array", "pil"])
def test_every_kind_of_input_gives_the_same_pixels(give, tmp_path):
    path = tmp_path / "scan.png"
    path.write_bytes(encode("PNG"))
    image = {
        "path": path,
        "string": str(path),
        "bytes": path.read_bytes(),
        "file": io.BytesIO(path.read_bytes()),
        "array": noise(),
        "pil": Image.open(path),
    }[give]

    decoded = decode(image)

    assert np.array_equal(decoded.pixels, noise())
    assert decoded.conversions == () and decoded.exif_orientation == 1


@pytest.mark.parametrize(
    ("data", "mode", "conversions"),
    [
        (encode("PNG", "L"), "L", ["gray to RGB"]),
        (encode("PNG", "1"), "1", ["gray to RGB"]),
        (encode("PNG", "LA"), "LA", ["gray to RGB", "alpha dropped, colors as stored"]),
        (encode("PNG", "P"), "P", ["palette to RGB"]),
        (encode("PNG", "RGBA"), "RGBA", ["alpha dropped, colors as stored"]),
        (encode("JPEG", "CMYK"), "CMYK", ["CMYK to RGB without a color profile"]),
        (encode_16_bit("png", 3), "RGB", ["16-bit channels reduced to their high byte"]),
        (encode_16_bit("tif", 3), "RGB", ["16-bit channels reduced to their high byte"]),
        (
            encode_16_bit("png", 1),
            "I;16",
            ["16-bit channels reduced to their high byte", "gray to RGB"],
        ),
        (
            portable_map("P5", 65535),
            "I",
            ["16-bit channels reduced to their high byte", "gray to RGB"],
        ),
        (portable_map("P6", 65535), "RGB", ["values up to 65535 scaled to 8 bits"]),
        (portable_map("P6", 1023), "RGB", ["values up to 1023 scaled to 8 bits"]),
        (animation("GIF"), "P", ["first of 2 frames", "palette to RGB"]),
        (animation("WEBP"), "RGB", ["first of 2 frames"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_8_bit_rgb_is_converted_and_each_step_is_named(data, mode, conversions):
    decoded = decode(data)

    assert decoded.mode == mode
    assert list(decoded.conversions) == conversions
    assert decoded.pixels.shape == (40, 60, 3) and decoded.pixels.dtype == np.uint8


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_16_bit_color_keeps_its_high_byte(kind):
    assert np.array_equal(decode(encode_16_bit(kind, 3)).pixels, noise())


@pytest.mark.parametrize(("kind", "bits"), [("jp2", 16), ("avif", 10), ("avif", 12)])
def test_of_deep_color_it_is_said_that_8_bits_are_left(kind, bits):
    decoded = decode(encode_deep(kind, bits))

    assert decoded.conversions == (f"{bits}-bit channels reduced to 8 bits",)
    assert np.abs(decoded.pixels - noise().astype(int)).mean() < 40, "lossy, and yet the same"


@pytest.mark.parametrize("kind", ["JPEG2000", "AVIF"])
def test_8_bit_color_of_newer_kinds_is_not_converted(kind):
    assert decode(encode(kind)).conversions == ()


@pytest.mark.parametrize("data", [encode_16_bit("png", 1), portable_map("P5", 65535)])
def test_16_bit_gray_keeps_its_high_byte(data):
    gray = decode(data).pixels

    assert np.array_equal(gray, np.repeat(noise()[:, :, :1], 3, axis=2))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_pil_image_is_left_as_it_was(compression):
    data = encode("TIFF", compression=compression, tiffinfo={0x0112: 6})
    image = Image.open(io.BytesIO(data))

    assert [decode(image).exif_orientation for _ in range(2)] == [6, 6]
    assert image.size == (40, 60), "upright, as Pillow opens it"
    assert ImageOps.exif_transpose(image).size == (40, 60)
    assert np.array_equal(image, ImageOps.exif_transpose(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PNG", "WEBP"])
def test_of_a_pil_image_the_frame_that_it_stands_at_is_taken(kind, caplog):
    image = Image.open(io.BytesIO(animation(kind)))
    image.seek(1)

    decoded = decode(image)

    assert decoded.conversions[0] == "frame 2 of 2" and decoded.frames == 2
    assert np.abs(decoded.pixels - (255.0 - noise())).mean() < 30
    assert image.tell() == 1
    assert not caplog.messages, "whoever seeks a frame knows that there are others"


def test_16_bit_gray_in_which_white_is_0_is_seen_as_it_was_meant_and_not_as_a_negative():
    decoded = decode(white_is_zero_16_bit())

    assert np.array_equal(decoded.pixels, np.repeat(noise()[:, :, :1], 3, axis=2))
    assert "inverted: white is stored as 0" in decoded.conversions


def test_of_an_animation_the_first_frame_is_taken():
    first = decode(animation("WEBP")).pixels.astype(int)

    assert np.abs(first - noise()).mean() < np.abs(first - (255 - noise().astype(int))).mean()
    assert decode(animation("WEBP")).frames == 2


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PNG", "WEBP"])
def test_a_warning_says_that_only_the_first_of_several_frames_is_examined(kind, caplog):
    decode(animation(kind), name="fax.tif")

    (warning,) = caplog.messages
    assert warning.startswith("fax.tif: holds 2 frames, and only the first is examined")


def test_what_a_camera_puts_behind_its_photograph_is_no_picture_of_its_own(caplog):
    decoded = decode(animation("MPO"))

    assert decoded.frames == 2 and decoded.format == "MPO"
    assert not caplog.messages


def test_cmyk_colors_come_out_near_those_that_went_in():
    pixels = decode(encode("JPEG", "CMYK", quality=100)).pixels.astype(int)

    assert np.abs(pixels - noise()).mean() < 5


def test_orientation_is_reported_and_not_applied():
    decoded = decode(with_orientation(6))

    assert decoded.exif_orientation == 6
    assert decoded.pixels.shape == (40, 60, 3), "60 wide as stored, not turned upright"


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_tiff_is_not_turned_upright_either(orientation, compression):
    decoded = decode(encode("TIFF", compression=compression, tiffinfo={0x0112: orientation}))

    assert decoded.exif_orientation == orientation
    assert np.array_equal(decoded.pixels, noise())


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_nor_where_the_orientation_stands_in_its_xmp_alone(compression):
    packet = b'<rdf:Description tiff:Orientation="6"/>'
    decoded = decode(encode("TIFF", compression=compression, tiffinfo={700: packet}))

    assert decoded.exif_orientation == 6
    assert np.array_equal(decoded.pixels, noise())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_wherever_a_file_of_several_frames_is_cut_it_is_read_or_refused(kind):
    whole = animation(kind)
    for length in range(0, len(whole), max(1, len(whole) // 300)):
        try:
            assert decode(whole[:length]).pixels.shape == (40, 60, 3)
        except ImageUnreadable:
            pass


def test_12_bit_pixels_are_refused_because_their_range_would_be_guessed():
    data = bytearray(encode_16_bit("tif", 1))
    with pytest.raises(ImageUnreadable, match="neither 8 nor 16 bits deep"):
        decode(_claiming_12_bits(data))


def _claiming_12_bits(tiff: bytearray) -> bytes:
    # Compression: none, so that nothing is decoded before the depth is seen.
    return _with_tags(tiff, {258: 12, 259: 1})


def _with_tags(tiff: bytearray, values: dict[int, int]) -> bytes:
    import struct

    (directory,) = struct.unpack_from("<I", tiff, 4)
    (entries,) = struct.unpack_from("<H", tiff, directory)
    for entry in range(directory + 2, directory + 2 + 12 * entries, 12):
        tag = struct.unpack_from("<H", tiff, entry)[0]
        if tag in values:
            struct.pack_into("<H", tiff, entry + 8, values[tag])
    return bytes(tiff)


def test_a_name_that_is_not_utf_8_can_still_be_written_as_json(tmp_path):
    import json
    import os

    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xb7\xa2\xc6\xb1.png")
    with open(path, "wb") as stream:
        stream.write(encode("PNG"))

    assert json.dumps(decode(path).name, ensure_ascii=False).encode("utf-8")


def test_the_hash_is_that_of_the_file():
    import hashlib

    data = encode("JPEG")
    assert decode(data).sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"certainly not an image", "not an image in a known format"),
        (b"%PDF-1.7 certainly not a document", "the PDF is truncated or damaged"),
        (encode("JPEG")[:300], "the header is damaged: Truncated File Read"),
        (encode("JPEG")[:-40], "the JPEG is truncated or damaged"),
        (encode("PNG")[:200], "the file ends inside PNG chunk IDAT"),
        (broken_png(b"IHDR"), "the checksum of PNG chunk IHDR is wrong"),
        (broken_png(b"IDAT"), "the checksum of PNG chunk IDAT is wrong"),
        (encode("GIF")[:-100], "the GIF is truncated or damaged"),
        (encode("WEBP")[:100], "truncated or damaged|header is damaged"),
        (encode("TIFF")[:3000], "the TIFF is truncated or damaged"),
        (encode("BMP")[:3000], "the BMP is truncated or damaged"),
    ],
)
def test_bytes_that_are_no_whole_image_are_refused_by_name_and_cause(data, message):
    with pytest.raises(ImageUnreadable, match=f"^invoice.bin: .*({message})"):
        decode(data, name="invoice.bin")


def test_a_truncated_file_that_pillow_opened_is_refused_too():
    with pytest.raises(ImageUnreadable, match="<image>: the JPEG is truncated"):
        decode(Image.open(io.BytesIO(encode("JPEG")[:-50])))


@pytest.mark.parametrize("decoded", [False, True])
def test_an_image_that_is_closed_is_not_called_damaged(decoded):
    image = Image.open(io.BytesIO(encode("PNG")))
    if decoded:
        image.load()
    image.close()
    with pytest.raises(ImageUnreadable, match="<image>: the image must be open, but is closed"):
        decode(image)


def test_a_file_open_as_text_is_refused_with_the_mend():
    with pytest.raises(ImageUnreadable, match="open it with mode 'rb'"):
        decode(io.StringIO("text"))  # type: ignore[arg-type]


def test_a_path_that_no_file_can_have_is_refused():
    with pytest.raises(ImageNotFound, match="cannot be opened"):
        decode("a\0b.png")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ImageNotFound, match=r"missing\.jpg: no such file"):
        decode(tmp_path / "missing.jpg")
    with pytest.raises(ImageNotFound, match="cannot be opened"):
        decode(tmp_path)


def test_a_decompression_bomb_is_refused_before_it_is_decoded():
    with pytest.raises(ImageTooLarge, match=r"60000×60000 is 3600\.0 Mpx, the limit is 200\.0 Mpx"):
        decode(bomb())


def test_the_pixel_limit_can_be_set_both_ways():
    with pytest.raises(ImageTooLarge):
        decode(noise(), options=ReadOptions(max_pixels=2399))
    assert decode(noise(), options=ReadOptions(max_pixels=2400)).pixels.shape == (40, 60, 3)


@pytest.mark.parametrize(
    ("kind", "named"),
    [("JPEG", True), ("PNG", True), ("TIFF", True), ("BMP", False), ("WEBP", False)],
)
def test_what_is_too_large_is_sent_to_detect_large_if_that_can_read_it(kind, named):
    with pytest.raises(ImageTooLarge) as refused:
        decode(encode(kind), options=ReadOptions(max_pixels=2399))

    assert ("`detect_large` is made for such images" in str(refused.value)) == named
    for pixels in (noise(), Image.fromarray(noise())):
        with pytest.raises(ImageTooLarge, match=r"if you trust it$"):
            decode(pixels, options=ReadOptions(max_pixels=2399))


def test_a_file_far_larger_than_its_pixels_could_be_is_not_read(tmp_path):
    path, most = tmp_path / "sparse.png", 8 * 2400 + 64_000_000
    path.write_bytes(encode("PNG"))
    os.truncate(path, most)
    assert decode(path, options=ReadOptions(max_pixels=2400)).pixels.shape == (40, 60, 3)

    os.truncate(path, 1 << 40)
    with pytest.raises(
        ImageTooLarge, match=r"sparse\.png: is 1099511\.6 MB, the limit is 64\.0 MB"
    ):
        decode(path, options=ReadOptions(max_pixels=2400))
    assert pixel_count(path) == 2400


def test_a_large_file_of_no_kind_is_not_read_to_say_so(tmp_path):
    path = tmp_path / "zeros.png"
    path.touch()
    os.truncate(path, 1 << 40)

    assert pixel_count(path) == pixel_count(Page(path, 1)) == 0


@pytest.mark.parametrize("give", ["path", "bytes", "array", "pil"])
def test_an_image_for_which_memory_is_wanting_is_too_large_and_not_damaged(
    give, tmp_path, monkeypatch
):
    path = tmp_path / "scan.png"
    path.write_bytes(encode("PNG"))
    image = {"path": path, "bytes": encode("PNG"), "array": noise(), "pil": Image.open(path)}[give]

    def none_left(*arguments, **options):
        raise MemoryError

    for place in ("pixels.convert_to_rgb", "arrays.sha256_beside"):
        monkeypatch.setattr(f"forensics_rt.io.{place}", none_left)
    with pytest.raises(ImageTooLarge, match="needs more memory than is free"):
        decode(image)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tile_far_larger_than_its_picture_is_refused_before_it_is_decoded(compression):
    """It is decoded whole, whatever of it lies in the picture."""
    stream = io.BytesIO()
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(stream, noise(), tile=(64, 64), compression=compression, photometric="rgb")
    data = _with_tags(bytearray(stream.getvalue()), {322: 20_000, 323: 20_016})

    assert decode(stream.getvalue(), options=ReadOptions(max_pixels=2400)).pixels.shape == (
        40,
        60,
        3,
    )
    for given in (data, Image.open(io.BytesIO(data))):
        with pytest.raises(ImageTooLarge, match=r"20000×20016, 400\.3 Mpx, .* is 200\.0 Mpx; save"):
            decode(given)


@pytest.mark.parametrize("give", ["bytes", "page", "pil"])
def test_a_jpeg_that_repeats_a_scan_hundreds_of_times_is_refused(give, tmp_path):
    """Each costs a walk through the whole image: a hundred kilobytes took minutes."""
    path, whole = tmp_path / "scan.jpg", encode("JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    path.write_bytes(whole[:last] + whole[last:-2] * 501 + whole[-2:])
    image = {"bytes": path.read_bytes(), "page": Page(path, 1), "pil": Image.open(path)}[give]

    examine = ReadOptions(damaged="examine")
    repeated = decode(whole[:last] + whole[last:-2] * 50 + whole[-2:], options=examine)
    assert repeated.pixels.shape == (40, 60, 3)
    with pytest.raises(ImageUnreadable, match=r"it has 5\d\d scans, the limit is 500"):
        decode(image)


def test_a_progressive_jpeg_that_is_decoded_already_needs_its_file_no_more():
    with io.BytesIO(encode("JPEG", progressive=True)) as stream:
        image = Image.open(stream)
        image.load()

    assert decode(image).pixels.shape == (40, 60, 3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_pillows_own_limit_is_neither_in_the_way_nor_changed(kind, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

    assert decode(encode(kind)).pixels.shape == (40, 60, 3)
    assert Image.MAX_IMAGE_PIXELS == 100


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(4, np.uint8), r"got shape \(4,\) of dtype uint8"),
        (np.zeros((4, 4, 2), np.uint8), r"got shape \(4, 4, 2\)"),
        (np.zeros((0, 4, 3), np.uint8), r"got shape \(0, 4, 3\)"),
        (np.zeros((4, 4, 3), np.float32), "of dtype float32; if its values are 0–1"),
        (np.full((4, 4, 3), np.nan), "with NaN or infinity in it"),
    ],
)
def test_arrays_that_are_no_8_bit_images_are_refused(array, message):
    with pytest.raises(InvalidArray, match=message):
        decode(array)


def test_what_is_no_image_at_all_is_refused():
    with pytest.raises(InvalidArray, match="got int"):
        decode(42)  # type: ignore[arg-type]


def test_bytes_come_in_any_form_and_files_are_called_by_a_name_they_have(tmp_path):
    data = encode("PNG")
    for given in (bytearray(data), memoryview(data)):
        assert np.array_equal(decode(given).pixels, noise()) and decode(given).name == "<bytes>"
        assert pixel_count(given) == 2400
    assert decode(io.BytesIO(data)).name == "<bytes>"
    with tempfile.TemporaryFile() as nameless, tempfile.SpooledTemporaryFile() as upload:
        for file in (nameless, upload):
            file.write(data)
            file.seek(0)
            assert decode(file).name == "<file>"
    assert decode(data, name="a\0b").name == "a\\x00b"


def test_what_is_no_file_is_refused_with_what_to_do():
    with pytest.raises(ImageNotFound, match="is a web address, not a file; download it"):
        decode("https://host/scan.jpg")

    class Reader:
        def __init__(self, answer):
            self.answer = answer

        def read(self):
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    with pytest.raises(ImageUnreadable, match="the open file cannot be read: gone"):
        decode(Reader(RuntimeError("gone")))
    with pytest.raises(ImageUnreadable, match="must give bytes, but gave str; open it as binary"):
        decode(Reader("text"))


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs a device without an end")
def test_what_never_ends_is_read_no_further_than_an_image_reaches():
    with pytest.raises(ImageTooLarge, match=r"gave more than 64\.0 MB without an end; raise"):
        decode("/dev/zero", options=ReadOptions(max_pixels=1000))
    with open("/dev/zero", "rb") as endless, pytest.raises(ImageTooLarge, match=r"64\.0 MB"):
        decode(endless, options=ReadOptions(max_pixels=1000))
