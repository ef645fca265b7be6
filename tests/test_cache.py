"""What is kept for this machine alone lies where the user says, or else where caches lie."""

from pathlib import Path

from forensics_rt.cache import cache_folder


def test_the_cache_lies_where_the_user_says_or_the_system_does(monkeypatch, tmp_path):
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path))
    assert cache_folder("cuda") == tmp_path / "cuda"

    monkeypatch.delenv("FORENSICS_RT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder("cuda") == tmp_path / "xdg" / "forensics_rt" / "cuda"

    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder("cuda") == Path.home() / ".cache" / "forensics_rt" / "cuda"
