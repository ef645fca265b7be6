"""A child process decodes suspicious files, and may die of them."""

import os

import pytest

from forensics_rt.distributed.probe import why_fatal
from forensics_rt.io.memory_file import MemoryFile
from forensics_rt.io.read_options import ReadOptions

from .files import CRASHING, fatal, page


@pytest.fixture
def crashing(monkeypatch):
    folders = [str(CRASHING), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, folders)))


def test_the_file_that_a_child_dies_of_is_named_and_no_other(crashing):
    kinds = [page(), b"no image", fatal(), page(1), b""]
    files = [MemoryFile(data, f"{number}") for number, data in enumerate(kinds)]
    assert why_fatal(files, ReadOptions()) == [None, None, "died of SIGKILL", None, None]


def test_a_file_that_takes_too_long_is_fatal():
    [why] = why_fatal([MemoryFile(page(), "slow")], ReadOptions(), patience=0.0)
    assert why == "took more than 0 s"
