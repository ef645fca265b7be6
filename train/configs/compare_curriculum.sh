#!/bin/bash
# Is the curriculum worth it? The same network, pool and time, twice: with the config's stages, and
# with crops and after-life as at the end of them from the start. Prints both tables.
#
#   CONFIG=train/configs/two_cores.toml MINUTES=20 OUT=out/curriculum bash train/configs/compare_curriculum.sh
#
# The pool that CONFIG names must be filled: both runs read it, and nothing else changes it.
set -euo pipefail
cd "$(dirname "$0")/../.."

CONFIG=${CONFIG:-train/configs/two_cores.toml}
OUT=${OUT:-out/curriculum}
PYTHON=${PYTHON:-python}
MINUTES=${MINUTES:-20}
PAGES=${PAGES:-200}
EXTRA=${EXTRA:-}
mkdir -p "$OUT"

# One stage with the crops of the second: some on edits, some not, full after-life from the start.
"$PYTHON" - "$CONFIG" "$OUT/none.toml" << 'PYTHON'
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
stages = re.findall(r"\[\[stages\]\]\n(?:[a-z_]+ = .*\n)+", text)
wanted = {"until": 1.0, "centered_from": 0.6, "centered_to": 0.6, "life_from": 1.0, "life_to": 1.0}
flat = stages[1]
for name, value in wanted.items():
    flat = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", flat)
for index, stage in enumerate(stages):
    text = text.replace(stage, "" if index else flat, 1)
open(sys.argv[2], "w", encoding="utf-8").write(text)
PYTHON
cp "$CONFIG" "$OUT/curriculum.toml"

for way in curriculum none; do
  # shellcheck disable=SC2086  # EXTRA is several words
  "$PYTHON" -m train fit --config "$OUT/$way.toml" --set "run.out=$OUT/$way" \
    --set "run.minutes=$MINUTES" $EXTRA
  checkpoint=$(find "$OUT/$way" -name 'weights_*.safetensors' | sort | tail -1)
  echo "== $way: $checkpoint"
  "$PYTHON" -m train evaluate --checkpoint "$checkpoint" --config "$CONFIG" --count "$PAGES" \
    --validation "$PAGES" --out "$OUT/figures_$way"
done
