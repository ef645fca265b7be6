"""Folders and files of this machine or of an object store, under one set of verbs.

`stores.place_of` makes a place of a path or an address.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from forensics_rt.errors import OutputError
from forensics_rt.io.optional import load_optional
from forensics_rt.io.writers import remove, write_atomically


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


def load_pyarrow(module: str = "") -> Any:
    """Import pyarrow, or a module of it.

    Raises:
        OptionalDependency: If it is missing.
    """
    return load_optional(f"pyarrow.{module}".rstrip("."), "ray", "a run on Ray")
