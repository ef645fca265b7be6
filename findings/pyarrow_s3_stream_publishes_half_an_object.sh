#!/usr/bin/env bash
# One would guess: an object of an S3 store is there whole or not at all, so a program that fails while it
# writes one, inside `with filesystem.open_output_stream(path)`, leaves nothing behind.
# What happens (pyarrow 26.0.1, against a local server that speaks S3): the block closes the stream also
# when it ends with an exception, and closing completes the upload. What was written so far is an object.
# Why it matters: results of a run on many machines are often taken for done because their object exists.
# A map whose encoding failed halfway is then a result.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1 'moto[s3,server]==5.2.5'
"$work/venv/bin/moto_server" -H 127.0.0.1 -p 18632 >"$work/log" 2>&1 &
server=$!
export AWS_REQUEST_CHECKSUM_CALCULATION=when_required
"$work/venv/bin/python" - <<'PYTHON'
import socket
import time

import pyarrow
from pyarrow import fs

for _ in range(300):
    try:
        socket.create_connection(("127.0.0.1", 18632), 1).close()
        break
    except OSError:
        time.sleep(0.1)
store = fs.S3FileSystem(
    access_key="test", secret_key="test", region="us-east-1", allow_bucket_creation=True,
    endpoint_override="127.0.0.1:18632", scheme="http",
)
store.create_dir("results")
try:
    with store.open_output_stream("results/map.png") as stream:
        stream.write(b"half")
        raise OSError("the encoder failed")
except OSError as error:
    print(f"pyarrow {pyarrow.__version__}, while writing: {error}")
found = store.get_file_info("results/map.png")
print(f"afterwards: {found.type.name}, {found.size} bytes")
assert found.type == fs.FileType.File and found.size == 4, found
PYTHON
