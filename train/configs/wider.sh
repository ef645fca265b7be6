#!/bin/bash
# Starts the run of wider.toml, or goes on where it stopped; `kill` it at any time.
#
#   OUT=out/wider DATA=data bash train/configs/wider.sh
#
# One half makes pages: it renders documents and screens, reads text lines, and fills a pool; the other trains.
# DATA is the folder that the config calls `data`, of links if need be: text lines and rendered pages go into
# DATA/lines and DATA/rendered.
# PYTHON is the interpreter; MAKER and TRAINER are what each half is started by, such as `taskset -c 1`.
# CHANGES are further arguments of `train fit`; KITS is a folder of style sheets (train/render/web_kits.py).
set -euo pipefail
cd "$(dirname "$0")/../.."

OUT=${OUT:-out/wider}
DATA=${DATA:-data}
PYTHON=${PYTHON:-python}
MAKER=${MAKER:-}
TRAINER=${TRAINER:-}
CHANGES=${CHANGES:-}
KITS=${KITS:-}
KEEP=${KEEP:-150}
REST=${REST:-15}
export OMP_NUM_THREADS=1

mkdir -p "$OUT/pool"
sed "s#\"data/#\"$DATA/#g; s#\"out/pool\"#\"$OUT/pool\"#; s#\"out/wider\"#\"$OUT/training\"#" \
  train/configs/wider.toml > "$OUT/run.toml"
# The folders of images whose text is to be read are those that have a folder in DATA/lines.
mapfile -t READ < <(grep -o "\"$DATA/lines/[^\"]*\"" "$OUT/run.toml" | tr -d '"' | sort -u)
for folder in "${READ[@]}"; do mkdir -p "$folder"; done

train() {
  # shellcheck disable=SC2086  # MAKER is several words
  $MAKER "$PYTHON" -m train "$@"
}

more_pages() { # shards
  local newest first=0
  newest=$(find "$OUT/pool" -name 'shard_*.npz' | sort | tail -1)
  if [ -n "$newest" ]; then newest=${newest##*/shard_} first=$((10#${newest%.npz} + 1)); fi
  train pool --config "$OUT/run.toml" --out "$OUT/pool" --seed 1 --first "$first" --shards "$1" \
    --keep "$KEEP" --rest "$REST"
}

make_pages() {
  local count folder
  for count in 40 400; do
    train render web-screens --out "$DATA/rendered/web-screens" --count "$count" --seed 1 \
      ${KITS:+--kits "$KITS"}
    train render web-documents --out "$DATA/rendered/web-documents" --count "$((count / 2))" --seed 1
    train render web-articles --out "$DATA/rendered/web-articles" --count "$((count * 5 / 8))" --seed 1
    train render typst --out "$DATA/rendered/typst" --count "$((count * 3 / 4))" --seed 1
    more_pages 8
  done
  # A folder at a time: a pool that is started again sees the lines that were read meanwhile.
  for folder in "${READ[@]}"; do
    train lines --images "$DATA/${folder##*/}" --out "$DATA/lines"
    more_pages 3
  done
  more_pages 100000
}

set -m # each half is a group of processes, which can be ended as one
PAGES="" TRAINING=""
end() {
  for group in $TRAINING $PAGES; do kill -- "-$group" 2> /dev/null || true; done
}
trap end EXIT
trap 'exit 143' TERM INT
make_pages > "$OUT/pages.log" 2>&1 &
PAGES=$!
until [ "$(find "$OUT/pool" -name 'shard_*.npz' | wc -l)" -ge 3 ]; do
  kill -0 "$PAGES" 2> /dev/null || { cat "$OUT/pages.log" >&2; exit 1; }
  sleep 2
done
# shellcheck disable=SC2086  # several words
$TRAINER "$PYTHON" -m train fit --config "$OUT/run.toml" $CHANGES >> "$OUT/fit.log" 2>&1 &
TRAINING=$!
code=0
while kill -0 "$TRAINING" 2> /dev/null; do # `wait` also returns when the training is paused by a signal
  code=0
  wait "$TRAINING" || code=$?
  sleep 1
done
exit "$code"
