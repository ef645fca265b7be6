#!/usr/bin/env bash
# One would guess: whether an object of a PDF is a list or a dictionary can be asked as Python does,
# by what it has: hasattr(x, "as_list"), hasattr(x, "get"), hasattr(x, "read_bytes").
# What happens (pikepdf 10.18.0): every object has the methods of all types. A name, a string, a
# dictionary and a list answer yes to all three questions; a method of another type then raises.
# Why it matters: forensic code walks through structures that an attacker wrote. Where a list is
# expected and a name stands, a check by hasattr passes, and the walk ends in an exception.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pikepdf==10.18.0
"$work/venv/bin/python" - <<'PYTHON'
import pikepdf

OBJECTS = {
    "name": pikepdf.Name("/DCTDecode"),
    "string": pikepdf.String("scan"),
    "dictionary": pikepdf.Dictionary(Width=1),
    "list": pikepdf.Array([1, 2]),
}
METHODS = {"as_list": "list", "as_dict": "dictionary", "read_bytes": "stream"}
print("pikepdf", pikepdf.__version__)
for kind, value in OBJECTS.items():
    claimed = [method for method in METHODS if hasattr(value, method)]
    working = []
    for method in claimed:
        try:
            getattr(value, method)()
            working.append(method)
        except Exception:
            pass
    print(f"a {kind} claims {claimed}, of which these work: {working}")
    assert claimed == list(METHODS), claimed
    assert working == [method for method, of in METHODS.items() if of == kind], working
PYTHON
