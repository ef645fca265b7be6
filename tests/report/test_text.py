"""Text from files is shown with all that it hides, and turns nothing around."""

import pytest

from forensics_rt.report.text import all_visible, breakable, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("合同.pdf", "合同.pdf"),
        ("صورة العقد.jpg", "صورة العقد.jpg"),
        ("a\u202egpj.exe", "a\\u{202e}gpj.exe"),
        ("a\u200bb\ufeff", "a\\u{200b}b\\u{feff}"),
        ("\x00\x1b[31m", "\\u{0}\\u{1b}[31m"),
        ("two\nlines\tand", "two lines and"),
        ("\ue000\ud800", "\\u{e000}\\u{d800}"),
        ("نمی\u200cشود", "نمی\u200cشود"),
    ],
)
def test_what_cannot_be_seen_is_written_as_its_number(text, shown):
    assert visible(text) == shown


def test_towers_of_marks_are_cut():
    assert visible("a" + "\u0301" * 50).count("\u0301") == 4


def test_texts_in_lists_and_dictionaries_are_reached():
    assert all_visible({"a": ("\u202e", [1, None])}) == {"a": ["\\u{202e}", [1, None]]}


def test_long_words_may_break_and_digests_may_not():
    name, digest = "scan_" * 12 + ".jpg", "0123456789abcdef" * 4

    assert breakable(name).replace("\u200b", "") == name and "\u200b" in breakable(name)
    assert breakable(f"{digest} short") == f"{digest} short"
