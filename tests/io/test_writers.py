import errno
import os
import subprocess
import sys

import pytest

from forensics_rt.errors import OutputError
from forensics_rt.io.writers import (
    check_writable,
    check_writable_file,
    remove_parts,
    write_atomically,
    write_json,
)


def test_a_file_appears_whole_and_alone(tmp_path):
    write_atomically(tmp_path / "new" / "result.bin", b"abc")

    assert (tmp_path / "new" / "result.bin").read_bytes() == b"abc"
    assert os.listdir(tmp_path / "new") == ["result.bin"]


def test_a_file_in_the_way_of_a_folder_is_an_error_with_its_name(tmp_path):
    (tmp_path / "out").write_text("in the way")

    advice = "out is a file, not a folder; give another folder$"
    with pytest.raises(OutputError, match=rf"result\.json: cannot be written: .*{advice}"):
        write_json(tmp_path / "out" / "result.json", {})
    with pytest.raises(OutputError, match=rf"out: cannot be written: .*{advice}"):
        check_writable(tmp_path / "out")
    with pytest.raises(OutputError, match=rf"below: cannot be written: .*{advice}"):
        check_writable(tmp_path / "out" / "deep" / "below")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "No space left on device; free some space or give another folder"),
        (errno.EDQUOT, "Disk quota exceeded; free some space or give another folder"),
        (errno.EROFS, "Read-only file system; give another folder"),
    ],
)
def test_to_free_space_is_advised_where_there_is_none(tmp_path, monkeypatch, number, advice):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("pathlib.Path.open", refuse)

    with pytest.raises(OutputError, match=f"a.json: cannot be written: {advice}$"):
        write_json(tmp_path / "a.json", {})


def test_a_folder_in_the_way_of_a_file_is_found_out_before_the_work(tmp_path):
    check_writable_file(tmp_path / "new" / "result.json")

    with pytest.raises(OutputError, match="new: is a folder, not a file; name a file in it"):
        check_writable_file(tmp_path / "new")
    assert os.listdir(tmp_path / "new") == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on file sizes")
def test_a_full_disk_is_an_error_and_leaves_the_old_file_and_no_part(tmp_path):
    script = """
import resource, signal, sys
from pathlib import Path
from forensics_rt.errors import OutputError
from forensics_rt.io.writers import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(Path(sys.argv[1]), bytes(5000))
except OutputError as error:
    print(error)
"""
    target = tmp_path / "map.png"
    target.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=True
    )

    assert "map.png: cannot be written: File too large" in done.stdout
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["map.png"]


def test_what_a_killed_run_left_half_written_is_removed_and_nothing_else(tmp_path):
    token = "0123456789abcdef" * 2
    for name in (f".{token}.part", "film.part", ".b.part", "a.json"):
        (tmp_path / name).touch()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f".{token}.part").touch()

    assert remove_parts([tmp_path, tmp_path / "missing"]) == 1

    assert sorted(os.listdir(tmp_path)) == [".b.part", "a.json", "deep", "film.part"]
    assert remove_parts([tmp_path / "deep"]) == 1
