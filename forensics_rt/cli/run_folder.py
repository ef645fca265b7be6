"""The files of a run as a whole: `results.jsonl`, a line an image, and `summary.json`."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from forensics_rt.errors import OutputError
from forensics_rt.io.writers import remove, remove_parts, write_json
from forensics_rt.system.closing import Closing

RESULTS, SUMMARY = "results.jsonl", "summary.json"
_log = logging.getLogger(__name__)


class ListUnwritable(OutputError):
    """The list of results takes no more lines."""


class RunFolder(Closing):
    """The output folder while a run writes to it; a second run is kept out.

    Opening begins a new list, also where a run is resumed: what it finds done comes in again, each
    in its place, so that a finished run has one line for each of its images.

    Args:
        out: The folder; it exists.
        stems: Where the results of the images go, relative to it.

    Raises:
        OutputError: If another run writes there, or a file cannot be written.
    """

    def __init__(self, out: Path, stems: Iterable[Path]) -> None:
        """Lock the folder, clear away what a killed run left half written, and begin the list."""
        self._path = out / RESULTS
        self._summary = out / SUMMARY
        try:
            # Without a buffer: what a full disk did not take must not come again on closing.
            self._stream = self._path.open("ab", buffering=0)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written: {error.strerror}") from error
        try:
            _lock(self._stream, out)
            self._stream.truncate(0)
            remove(self._summary)
            left = remove_parts({out, *((out / stem).parent for stem in stems)})
        except BaseException:
            self._stream.close()
            raise
        if left:
            _log.info("%s: removed %d half-written files of a run that was cut off", out, left)

    def append(self, line: Mapping[str, Any]) -> None:
        """Add a line to the list; it is in the file when this returns.

        Raises:
            ListUnwritable: If it cannot be written.
        """
        left = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        try:
            while left:
                left = left[self._stream.write(left) :]
        except OSError as error:
            raise ListUnwritable(
                f"{self._path}: cannot be written: {error.strerror}; free some space and run it "
                "again with --resume"
            ) from error

    def summarize(self, document: Mapping[str, Any]) -> None:
        """Write `summary.json`.

        Raises:
            OutputError: If it cannot be written.
        """
        write_json(self._summary, document)

    def close(self) -> None:
        """Give the folder back."""
        self._stream.close()


def _lock(stream: FileIO, out: Path) -> None:
    # The system gives it back however the process ends.
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise OutputError(
            f"{out}: another run writes there, or files in it cannot be locked ({error.strerror}); "
            "give each run a folder of its own with --out"
        ) from error
