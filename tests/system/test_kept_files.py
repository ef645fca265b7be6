import os
import sys
import threading

import pytest

from forensics_rt.system import kept_files
from forensics_rt.system.kept_files import TRAILER_BYTES, KeptFiles

CONTENT = bytes(range(256)) * 4


@pytest.fixture(autouse=True)
def _warn_again():
    kept_files._warn.cache_clear()


@pytest.fixture
def kept(tmp_path):
    files = KeptFiles(tmp_path / "graphs", 100_000)
    files.write("one", "what it is", CONTENT)
    return files


def found(files, name="one", subject="what it is"):
    content = files.read(name, subject)
    return None if content is None else bytes(content)


def test_what_is_kept_is_found_again(kept, tmp_path):
    assert found(kept) == CONTENT
    assert found(KeptFiles(tmp_path / "graphs", 1)) == CONTENT
    assert kept.has("o") and not kept.has("x")
    assert os.listdir(tmp_path / "graphs") == ["one"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:TRAILER_BYTES],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: whole + b"\0",
        lambda whole: whole[:-1] + b"2",  # another version of the trailer
        lambda whole: bytes([whole[0] ^ 1]) + whole[1:],
        lambda whole: whole[: len(CONTENT) + 3] + b"?" + whole[len(CONTENT) + 4 :],
    ],
)
def test_what_was_changed_is_not_there(kept, tmp_path, spoil):
    file = tmp_path / "graphs" / "one"
    file.write_bytes(spoil(file.read_bytes()))

    assert found(kept) is None
    kept.write("one", "what it is", CONTENT)
    assert found(kept) == CONTENT


def test_what_is_something_else_is_not_there(kept, tmp_path):
    (tmp_path / "graphs" / "one").rename(tmp_path / "graphs" / "two")

    assert found(kept, "two") == CONTENT
    assert found(kept, "two", "something else") is None
    (tmp_path / "graphs" / "folder").mkdir()
    assert found(kept, "folder") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_this_user_can_write_there(kept, tmp_path):
    folder, file = tmp_path / "graphs", tmp_path / "graphs" / "one"
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)

    for mode in (0o620, 0o602):
        file.chmod(mode)
        assert found(kept) is None
    file.chmod(0o644)
    assert found(kept) == CONTENT


def test_those_used_longest_ago_go_first(tmp_path):
    files = KeptFiles(tmp_path, 3 * (len(CONTENT) + TRAILER_BYTES))
    for second, name in enumerate("abc"):
        files.write(name, name, CONTENT)
        os.utime(tmp_path / name, (second, second))
    assert found(files, "a", "a")  # now b is that which was used longest ago

    files.write("d", "d", CONTENT)
    assert sorted(os.listdir(tmp_path)) == ["a", "c", "d"]
    files.write("large", "large", CONTENT * 4)
    assert sorted(os.listdir(tmp_path)) == ["a", "c", "d"]


def test_what_a_killed_process_left_is_removed(kept, tmp_path):
    left, new = (tmp_path / "graphs" / f".{name}.part" for name in ("left", "new"))
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    new.write_bytes(b"half")

    kept.write("two", "two", CONTENT)
    assert new.exists() and not left.exists()


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path, caplog):
    (tmp_path / "taken").write_text("a file, not a folder")
    files = KeptFiles(tmp_path / "taken", 100_000)
    for name in "ab":
        files.write(name, name, CONTENT)
        assert found(files, name, name) is None and not files.has(name)
    assert caplog.text.count("compiles the graphs again; name a folder in FORENSICS_RT_CACHE") == 1


def test_nowhere_keeps_nothing():
    files = KeptFiles(None, 100_000)
    files.write("one", "one", CONTENT)
    assert found(files) is None and not files.has("")


def test_many_write_and_read_at_once(tmp_path):
    files, wrong = KeptFiles(tmp_path, 4 * (len(CONTENT) + TRAILER_BYTES)), []

    def use(number):
        for turn in range(40):
            name = str((number + turn) % 6)
            files.write(name, name, CONTENT)
            wrong.append(found(files, name, name) not in (None, CONTENT))

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrong) == 160 and not any(wrong)
    assert not list(tmp_path.glob(".*.part"))
