"""An archive of the sources that is equal to the byte for everybody who builds it, in any folder.

It imports nothing of this repository: what builds packages does not find it.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
from pathlib import Path

from setuptools.command.sdist import sdist

# Of all files, unless the environment has another date, as in a wheel.
_EARLIEST = 315532800


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
        date = int(os.environ.get("SOURCE_DATE_EPOCH", _EARLIEST))
        with open(path, "wb") as file:
            with gzip.GzipFile("", "wb", 9, file, date) as packed:
                with tarfile.open(mode="w", fileobj=packed, format=tarfile.PAX_FORMAT) as archive:
                    _add(archive, Path(root_dir or "."), named["base_dir"], date)
        return path


def _add(archive: tarfile.TarFile, root: Path, base: str, date: int) -> None:
    for path in (root / base, *sorted((root / base).rglob("*"))):
        entry = archive.gettarinfo(path, path.relative_to(root).as_posix())
        entry.mtime = date
        entry.mode = 0o755 if entry.isdir() or entry.mode & stat.S_IXUSR else 0o644
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        if entry.isreg():
            entry.type = tarfile.REGTYPE  # setuptools links where it could copy
            entry.size = path.stat().st_size
            with open(path, "rb") as contents:
                archive.addfile(entry, contents)
        else:
            archive.addfile(entry)
