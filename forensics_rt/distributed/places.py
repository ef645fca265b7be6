"""Folders and files of this machine or of an object store, under one set of verbs."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from forensics_rt.errors import OutputError
from forensics_rt.io.names import printable
from forensics_rt.io.optional import load_optional
from forensics_rt.io.writers import remove, write_atomically

_ENDPOINT = "AWS_ENDPOINT_URL"
# Behind a name may stand settings of its store, as pyarrow has them: ?region=eu-west-1
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?]+)(.*?)(\?\w+=.*)?", re.DOTALL)


def is_address(name: object) -> bool:
    """Return whether a name is that of an object store, such as `s3://bucket/scans`."""
    return isinstance(name, str) and "://" in name


@dataclass(frozen=True)
class Place:
    """A folder or file. Can be pickled, with what opens its store.

    Attributes:
        filesystem: Of pyarrow.
        path: In that file system.
        name: What to call it: a path, or an address without the settings of its store.
    """

    filesystem: Any = field(compare=False, repr=False)
    path: str
    name: str

    @property
    def is_local(self) -> bool:
        """Whether it is on a disk that is mounted here."""
        return str(self.filesystem.type_name) == "local"

    def below(self, *names: str) -> Place:
        """Return a place in this folder."""
        path, name = ("/".join((start.rstrip("/"), *names)) for start in (self.path, self.name))
        return replace(self, path=path, name=name)

    def read(self) -> bytes:
        """Return the bytes of a file.

        Raises:
            OSError: If it cannot be read.
        """
        if self.is_local:  # also names that are not UTF-8, which pyarrow does not take
            return Path(self.path).read_bytes()
        with self.filesystem.open_input_stream(self.path) as stream:
            return bytes(stream.readall())

    def write(self, data: bytes) -> None:
        """Write a file so that it is whole or not there; missing folders are made.

        Raises:
            OutputError: If it cannot be written.
        """
        if self.is_local:
            write_atomically(Path(self.path), data)
            return
        try:
            # One call: a stream that an error interrupts is closed, and leaves half an object.
            with self.filesystem.open_output_stream(self.path) as stream:
                stream.write(data)
        except OSError as error:
            raise OutputError(
                f"{self.name}: cannot be written: {error}; look at the address, the credentials "
                "and the store"
            ) from error

    def remove(self) -> None:
        """Remove a file if it is there.

        Raises:
            OutputError: If it cannot be removed.
        """
        if self.is_local:
            remove(Path(self.path))
            return
        try:
            self.filesystem.delete_file(self.path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise OutputError(f"{self.name}: cannot be removed: {error}") from error

    def files(self) -> list[tuple[Place, int, int]]:
        """List the files in this folder and below, sorted, with bytes and nanoseconds since 1970.

        Returns:
            Nothing where there is no such folder.
        """
        fs = load_pyarrow("fs")
        below = fs.FileSelector(self.path, allow_not_found=True, recursive=True)
        found = self.filesystem.get_file_info(below)
        files = [one for one in found if one.type == fs.FileType.File]
        start = len(self.path.rstrip("/")) + 1
        return sorted(
            ((self.below(one.path[start:]), one.size, one.mtime_ns or 0) for one in files),
            key=lambda one: one[0].path,
        )


def place_of(name: str | Path) -> Place:
    """Return where a path, or an address of an object store, leads.

    Args:
        name: A path; or an address that pyarrow knows (`s3://`, `gs://`, `abfs://`), or else
            fsspec. Of `s3://` the variable AWS_ENDPOINT_URL names another server than Amazon's.

    Raises:
        OutputError: If nothing knows the address.
    """
    if not is_address(name):
        path = os.path.abspath(name)
        return Place(_local_filesystem(), path, printable(path))
    found = _ADDRESS.fullmatch(str(name))
    if found is None:
        raise OutputError(f"{name}: must be an address such as s3://bucket/folder")
    scheme, bucket, below, settings = found.groups()
    filesystem, start = _store(scheme, bucket, settings or "")
    below = below.strip("/")
    return Place(
        filesystem,
        "/".join(filter(None, (start.rstrip("/"), below))),
        f"{scheme}://{bucket}/{below}".rstrip("/"),
    )


def load_pyarrow(module: str = "") -> Any:
    """Import pyarrow, or a module of it.

    Raises:
        OptionalDependency: If it is missing.
    """
    return load_optional(f"pyarrow.{module}".rstrip("."), "ray", "a run on Ray")


@cache
def _local_filesystem() -> Any:
    return load_pyarrow("fs").LocalFileSystem()


@cache  # a store is opened once, not for each of a million files
def _store(scheme: str, bucket: str, settings: str) -> tuple[Any, str]:
    fs = load_pyarrow("fs")
    address = f"{scheme}://{bucket}{settings}"
    try:
        filesystem, start = fs.FileSystem.from_uri(_with_endpoint(address))
        return filesystem, str(start)
    except OSError as error:
        raise OutputError(
            f"{address}: the store cannot be opened: {error}; look at the address, the region and "
            "the credentials"
        ) from error
    except ValueError as refused:
        return _by_fsspec(address, refused)


def _with_endpoint(address: str) -> str:
    endpoint = os.environ.get(_ENDPOINT)
    if not address.startswith("s3://") or endpoint is None or "endpoint_override" in address:
        return address
    where = urlsplit(endpoint)
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}scheme={where.scheme}&endpoint_override={where.netloc}"


def _by_fsspec(address: str, refused: Exception) -> tuple[Any, str]:
    fs = load_pyarrow("fs")
    try:
        fsspec = load_optional("fsspec", "ray", "an address that pyarrow does not know")
        found, path = fsspec.core.url_to_fs(address)
    except (OSError, ValueError, ImportError) as error:
        raise OutputError(
            f"{address}: is no address of a store that can be read: pyarrow says {refused}; fsspec "
            f"says {error}"
        ) from error
    return fs.PyFileSystem(fs.FSSpecHandler(found)), str(path)
