"""Where a detection is written: what lies there may be anything."""

import pytest

from forensics_rt.cli.stale_pages import remove_stale_pages
from forensics_rt.io.sources import Source
from forensics_rt.results.saving import place_for

STRANGE = ("[" * 20_000, "[]", '{"name": 1, "provenance": []}', '{"provenance": {}}', "1", "")


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_a_file_there_that_is_no_result_is_written_over(detector, page, tmp_path, text):
    (tmp_path / "array.json").write_text(text)
    found = detector(page)

    assert place_for(tmp_path, None, "array", found.provenance) == tmp_path / "array"


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_a_page_of_an_earlier_run_that_cannot_be_read_is_removed(tmp_path, text):
    image = tmp_path / "scan.png"
    image.write_bytes(b"any")
    (tmp_path / "scan-page2.json").write_text(text)
    stem = Source(image, image.with_suffix("").relative_to(tmp_path)).stem

    stale = remove_stale_pages(
        tmp_path, [Source(image, stem)], {stem.with_name("scan-page2"): image}
    )

    assert [one.name for one in stale] == ["scan-page2"]
