"""Archives that are equal to the byte for everybody who builds them, in any folder."""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from setuptools.command.sdist import sdist

DATE = "SOURCE_DATE_EPOCH"
# The earliest that a ZIP file can tell; https://reproducible-builds.org/specs/source-date-epoch
_EARLIEST = "315532800"


@contextmanager
def fixed_date() -> Iterator[int]:
    """Have one date for all files, in seconds: that of the environment if it has one."""
    given = os.environ.get(DATE)
    os.environ[DATE] = given or _EARLIEST
    try:
        yield int(os.environ[DATE])
    finally:
        if given is None:
            del os.environ[DATE]


def as_anybody(mode: int) -> int:
    """Return permissions that do not depend on the umask of who builds.

    Example:
        >>> oct(as_anybody(0o100600)), oct(as_anybody(0o100700))
        ('0o644', '0o755')
    """
    return 0o755 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o644


class SameSources(sdist):
    """The archive of the sources; other formats than `gztar` are as setuptools makes them."""

    def make_archive(
        self, base_name: str, format: str, root_dir: str | None = None, *rest: str, **named: str
    ) -> str:
        """Write the archive and return its path."""
        if format != "gztar":
            made: str = super().make_archive(base_name, format, root_dir, *rest, **named)
            return made
        path = f"{base_name}.tar.gz"
        with fixed_date() as date, open(path, "wb") as file:
            with gzip.GzipFile("", "wb", 9, file, date) as packed:
                with tarfile.open(mode="w", fileobj=packed, format=tarfile.PAX_FORMAT) as archive:
                    _add(archive, Path(root_dir or "."), named["base_dir"], date)
        return path


def _add(archive: tarfile.TarFile, root: Path, base: str, date: int) -> None:
    for path in (root / base, *sorted((root / base).rglob("*"))):
        entry = archive.gettarinfo(path, path.relative_to(root).as_posix())
        entry.mtime, entry.mode = date, as_anybody(entry.mode)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        if entry.isreg():
            entry.type = tarfile.REGTYPE  # setuptools links where it could copy
            entry.size = path.stat().st_size
            with open(path, "rb") as contents:
                archive.addfile(entry, contents)
        else:
            archive.addfile(entry)
