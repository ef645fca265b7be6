#!/usr/bin/env bash
# One would guess: importing onnxruntime, a library that runs graphs on this machine, leaves nothing
# behind; its reports were those of Windows alone, and disable_telemetry_events() turns them off.
# What happens: the wheel for Linux, when it is merely imported, makes up a number for the machine,
# keeps it in the user's cache folder, and opens a database for its reports there. No call can
# prevent that, as it comes with the import; ORT_DISABLE_TELEMETRY=1, set before, can.
# Why it matters: images under forensic examination are often bound to machines from which nothing
# may go out, and who runs a service there has to know of it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 numpy
mkdir "$work/silent" "$work/usual"

# What is left in a home folder by an import; networks are not needed for it.
leaves() {
    env -i PATH="$PATH" HOME="$work/$1" "${@:2}" "$work/venv/bin/python" - <<'PYTHON'
import os
import onnxruntime

onnxruntime.disable_telemetry_events()
home = os.environ["HOME"]
left = [os.path.join(folder, name) for folder, _, names in os.walk(home) for name in names]
print(onnxruntime.__version__, sorted(os.path.relpath(path, home) for path in left))
PYTHON
}

usual=$(leaves usual A=b)
silent=$(leaves silent ORT_DISABLE_TELEMETRY=1)
echo "import alone:            $usual"
echo "ORT_DISABLE_TELEMETRY=1: $silent"
grep -q deviceid <<<"$usual" && grep -q '\[\]$' <<<"$silent"
