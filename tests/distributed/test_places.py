"""Paths and addresses."""

import pytest

from forensics_rt.distributed.stores import place_of
from forensics_rt.errors import OutputError


def test_a_local_file_is_whole_or_not_there(tmp_path):
    place = place_of(tmp_path).below("a", "b.bin")
    place.write(b"bytes")
    assert place.read() == b"bytes"
    assert [(file.name, size) for file, size, _ in place_of(tmp_path).files()] == [
        (str(tmp_path / "a" / "b.bin"), 5)
    ]
    place.remove()
    place.remove()
    assert place_of(tmp_path / "none").files() == []


def test_names_that_are_no_text_are_read(tmp_path):
    file = tmp_path / b"\xb7.png".decode("utf-8", "surrogateescape")
    file.write_bytes(b"bytes")
    place = place_of(file)
    assert place.read() == b"bytes" and place.name.endswith("\\xb7.png")


@pytest.mark.parametrize(
    ("address", "path", "name"),
    [
        ("s3://bucket/a b/c#1.png?region=x", "bucket/a b/c#1.png", "s3://bucket/a b/c#1.png"),
        ("s3://bucket/scans/?region=x", "bucket/scans", "s3://bucket/scans"),
        ("s3://bucket?region=x", "bucket", "s3://bucket"),
    ],
)
def test_an_address_leads_into_a_bucket(address, path, name):
    place = place_of(address)
    assert (place.path, place.name, place.is_local) == (path, name, False)


def test_a_store_is_opened_once():
    first, second = place_of("s3://bucket/a?region=x"), place_of("s3://bucket/b?region=x")
    assert first.filesystem is second.filesystem


def test_a_store_that_pyarrow_does_not_know_is_fsspecs():
    place = place_of("memory://bucket/a/b.bin")
    place.write(b"bytes")
    assert place.read() == b"bytes"


def test_an_address_that_nobody_knows_says_so():
    with pytest.raises(OutputError, match="no address of a store"):
        place_of("nonsense://a/b")
