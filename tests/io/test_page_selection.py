import pytest

from forensics_rt.errors import ForensicsError, PageSelectionError
from forensics_rt.io.page_selection import PageSelection


@pytest.mark.parametrize(
    ("text", "pages", "there", "missing"),
    [
        ("1-3,7", 9, [1, 2, 3, 7], []),
        ("2", 2, [2], []),
        (" 3 , 1 ", 3, [1, 3], []),
        ("5-", 7, [5, 6, 7], []),
        ("last", 7, [7], []),
        ("1,last", 1, [1], []),
        ("1-3,7", 5, [1, 2, 3], [7]),
        ("4-9", 5, [4, 5], [6]),
        ("5-", 3, [], [5]),
        ("1-999999999", 2, [1, 2], [3]),
        ("8,6", 5, [], [6, 8]),
    ],
)
def test_numbers_ranges_and_the_last_page_are_understood(text, pages, there, missing):
    assert PageSelection.parse(text).of(pages) == (there, missing)


@pytest.mark.parametrize(
    "text", ["", "0", "0-2", "3-1", "-1", "-3", "1,,2", "a", "1.5", "1-2-3", "٣"]
)
def test_anything_else_is_refused_with_what_is_expected(text):
    with pytest.raises(
        PageSelectionError, match=r"such as 1-3,7 or 5- .* after it\), got"
    ) as refused:
        PageSelection.parse(text)
    assert isinstance(refused.value, ForensicsError)
