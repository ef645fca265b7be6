"""How a JPEG is coded, read from files that Pillow writes, and from damaged ones."""

import io

import numpy as np
import pytest
from PIL import Image

from forensics_rt.report.facts.file import file_facts
from forensics_rt.report.facts.jpeg import exif_block, jpeg_facts
from forensics_rt.report.facts.jpeg_segments import Segment
from forensics_rt.report.facts.quantization import LUMINANCE, quantization_tables, scaled
from forensics_rt.report.facts.tables import jpeg_table

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8))


def jpeg(image: Image.Image = PICTURE, **how: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", **how)
    return stream.getvalue()


@pytest.mark.parametrize("quality", [30, 75, 92, 100])
def test_the_quality_of_usual_tables_is_exact(quality):
    facts = jpeg_facts(jpeg(quality=quality))

    assert facts.quality == (quality, True)
    assert [table.number for table in facts.tables] == [0, 1]


def test_tables_of_a_program_of_its_own_have_the_nearest_quality():
    own = [min(255, step + 1) for step in scaled(LUMINANCE, 80)]

    assert jpeg_facts(jpeg(qtables=[own, own])).quality == (79, False)


@pytest.mark.parametrize(("subsampling", "expected"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
def test_subsampling_has_its_usual_name(subsampling, expected):
    assert jpeg_facts(jpeg(subsampling=subsampling)).subsampling.startswith(expected)


def test_gray_has_no_subsampling():
    assert jpeg_facts(jpeg(PICTURE.convert("L"))).subsampling is None


def test_progressive_files_have_several_scans():
    facts = jpeg_facts(jpeg(progressive=True))

    assert facts.coding == "progressive" and facts.scans > 1


def test_restart_markers_are_counted_in_blocks_and_do_not_end_a_scan():
    facts = jpeg_facts(jpeg(restart_marker_blocks=3))

    assert (facts.restart_interval, facts.scans, facts.bytes_after_end) == (3, 1, 0)


def test_bytes_after_the_end_and_a_missing_end_are_told():
    data = jpeg()

    assert jpeg_facts(data + b"hidden").bytes_after_end == 6
    assert jpeg_facts(data[:-2]).bytes_after_end is None


def test_comments_and_contents_are_listed():
    facts = jpeg_facts(jpeg(comment="made by hand"))

    assert facts.contents == ("JFIF",) and facts.comments == ("made by hand",)


@pytest.mark.parametrize("keep", range(0, 700, 23))
def test_whatever_is_left_of_a_file_is_read_without_an_error(keep):
    data = jpeg(progressive=True)[:keep]

    assert jpeg_table(jpeg_facts(data), None).facts
    assert exif_block(data) is None


@pytest.mark.parametrize("keep", range(3, 700, 23))
def test_a_report_has_facts_of_whatever_is_left_of_a_file(keep):
    assert file_facts(jpeg(progressive=True)[:keep]).tables


def test_of_a_file_full_of_tables_only_the_first_are_read():
    # A megabyte of them took seconds.
    body = bytes(1) + bytes([7] * 64)
    found = [Segment(0xDB, 0, body * 1000), Segment(0xDB, 0, b"\1" + bytes([9] * 64))]

    (table,) = quantization_tables(found)

    assert table.number == 0, "that of the second segment comes too late"


def test_random_bytes_are_read_without_an_error():
    rng = np.random.default_rng(1)
    for _ in range(40):
        data = bytearray(jpeg(quality=20))
        for place in rng.integers(2, len(data), 20):
            data[place] = rng.integers(0, 256)
        assert jpeg_table(jpeg_facts(bytes(data)), None).facts
