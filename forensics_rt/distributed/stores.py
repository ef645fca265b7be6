"""From a path, or the address of an object store, to a place."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from forensics_rt.distributed.places import Place, is_address, load_pyarrow
from forensics_rt.errors import OutputError
from forensics_rt.io.names import printable
from forensics_rt.io.optional import load_optional

_ENDPOINT = "AWS_ENDPOINT_URL"
# Behind a name may stand settings of its store, as pyarrow has them: ?region=eu-west-1
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?]+)(.*?)(\?\w+=.*)?", re.DOTALL)


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
