"""What data were read, by hashes that common tools can check."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from forensics_rt.calibration.origin import DataRecord
from forensics_rt.io.digest import sha256_of
from forensics_rt.io.reading import file_identity
from train.origin import without_places


def data_records(places: Iterable[str]) -> tuple[DataRecord, ...]:
    """Return the hashes of files and folders, each once; what is missing is left out."""
    found = (Path(place) for place in dict.fromkeys(places) if place)
    return tuple(_data_record(path) for path in found if path.exists())


def _data_record(path: Path) -> DataRecord:
    name = without_places(str(path))
    if path.is_file():
        return DataRecord(name=name, files=1, sha256=sha256_of(path))
    files = sorted(
        os.path.relpath(os.path.join(folder, file), path).encode(errors="surrogateescape")
        for folder, _, files in os.walk(path, followlinks=True)
        for file in files
    )
    digest, count = sha256(), 0
    for file in files:
        one = path / os.fsdecode(file)
        try:
            listed = _hash_of(one, file_identity(one.stat()))
        except FileNotFoundError:  # others may make pages there meanwhile
            continue
        digest.update(listed.encode() + b"  ./" + file + b"\n")
        count += 1
    return DataRecord(name=name, files=count, sha256=digest.hexdigest())


@lru_cache(maxsize=65536)
def _hash_of(path: Path, identity: tuple[int, ...]) -> str:
    return sha256_of(path)
