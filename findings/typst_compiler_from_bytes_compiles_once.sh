#!/usr/bin/env bash
# One would guess: a typst.Compiler keeps the document it was made from, so that one compiler writes
# many reports, each with other inputs (sys_inputs); a compiler made from a file does so.
# What happens (typst 0.15.2 for Python): a compiler made from bytes writes the first report. The
# second call of compile() fails with "file not found", for a file that nobody named. Given the
# bytes with each call, it works.
# Why it matters: services that make evidence reports hold their template in memory, so as not to
# write it to a disk. The first report of a process is right, and every later one fails.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check typst==0.15.2
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import importlib.metadata
from pathlib import Path

import typst

TEMPLATE = b"#sys.inputs.at(\"case\")"


def twice(compiler, *source):
    """Write two reports; say what became of each."""
    for case in ("1", "2"):
        try:
            yield compiler.compile(*source, format="pdf", sys_inputs={"case": case})[:4].decode()
        except Exception as error:
            yield f"{type(error).__name__}: {str(error)[:14]}"


print("typst", importlib.metadata.version("typst"))
Path("template.typ").write_bytes(TEMPLATE)
of_bytes = list(twice(typst.Compiler(TEMPLATE)))
of_a_file = list(twice(typst.Compiler("template.typ")))
print("compiler made from bytes:", of_bytes)
print("compiler made from a file:", of_a_file)
assert of_bytes[0] == "%PDF" and "file not found" in of_bytes[1], of_bytes
assert of_a_file == ["%PDF", "%PDF"], of_a_file
PYTHON
