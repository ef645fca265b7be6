"""What a request may ask for."""

import pytest

from forensics_rt.errors import RequestInvalid
from forensics_rt.triton.options import RequestOptions


def test_nothing_is_asked_for_by_default():
    assert RequestOptions.parse(b"") == RequestOptions(name=None, page=None, float_map=False)


@pytest.mark.parametrize(
    ("raw", "named"),
    [(b"{", "the text"), (b'{"pages": 2}', "pages"), (b'{"page": 0}', "page"), (b"[]", "the text")],
)
def test_what_is_wrong_is_named(raw, named):
    with pytest.raises(RequestInvalid, match=f"options must be JSON with some of .*{named}"):
        RequestOptions.parse(raw)
