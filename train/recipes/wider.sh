#!/bin/bash
# Starts the run of wider.toml, or goes on where it stopped; `kill` it at any time.
#
#   OUT=out/wider DATA=data bash train/recipes/wider.sh            text lines, rendered pages, pool, training
#   PAGES_ONLY=1 OUT=out/wider DATA=data bash train/recipes/wider.sh    no training
#
# DATA is the folder that the recipe calls `data`; text lines and rendered pages go into DATA/lines and
# DATA/rendered. Without a checkpoint in OUT the training starts from train/pretrained/wider.safetensors where
# that is there. Set PYTHON to choose an interpreter, MAKER and TRAINER to what runs each half, such as `taskset -c 1`.
set -euo pipefail
cd "$(dirname "$0")/../.."

OUT=${OUT:-out/wider}
DATA=${DATA:-data}
PYTHON=${PYTHON:-python}
MAKER=${MAKER:-}
TRAINER=${TRAINER:-}
SHARDS=${SHARDS:-2000}
KEEP=${KEEP:-60}
REST=${REST:-20}
PAGES_ONLY=${PAGES_ONLY:-0}
INIT=train/pretrained/wider.safetensors
export OMP_NUM_THREADS=1

mkdir -p "$OUT" "$DATA/lines" "$DATA/rendered"
# Folders of text lines and of rendered pages must be there, if empty, before the recipe is read.
sed "s#\"data/#\"$DATA/#g; s#\"out/pool\"#\"$OUT/pool\"#; s#\"out/wider\"#\"$OUT/training\"#" \
  train/recipes/wider.toml > "$OUT/run.toml"
sets=$(sed -n "s#^folders = \[\(.*\)\]#\1#p" "$OUT/run.toml" | tr -d '",' | tr ' ' '\n' | grep -v /rendered/)

make_pages() {
  # shellcheck disable=SC2086  # several words
  {
    $MAKER "$PYTHON" -m train render web-screens --out "$DATA/rendered/web-screens" --count 400 --seed 1
    $MAKER "$PYTHON" -m train render web-documents --out "$DATA/rendered/web-documents" --count 200 --seed 1
    $MAKER "$PYTHON" -m train render typst --out "$DATA/rendered/typst" --count 300 --seed 1
    $MAKER "$PYTHON" -m train lines --images $(echo "$sets" | grep -v documents_sroie) --out "$DATA/lines"
    NEWEST=$(find "$OUT/pool" -name 'shard_*.npz' 2> /dev/null | sort | tail -1 || true)
    FIRST=0
    if [ -n "$NEWEST" ]; then FIRST=$(basename "$NEWEST" .npz) FIRST=$((10#${FIRST#shard_} + 1)); fi
    $MAKER "$PYTHON" -m train pool --config "$OUT/run.toml" --out "$OUT/pool" --seed 1 --shards "$SHARDS" \
      --first "$FIRST" --keep "$KEEP" --rest "$REST"
  } > "$OUT/pages.log" 2>&1
}

make_pages &
PAGES=$!
trap 'kill -- "-$PAGES" 2> /dev/null || kill "$PAGES" 2> /dev/null || true' EXIT
if [ "$PAGES_ONLY" = 1 ]; then wait "$PAGES"; exit; fi
until [ "$(find "$OUT/pool" -name 'shard_*.npz' 2> /dev/null | wc -l)" -ge 3 ]; do
  if ! kill -0 "$PAGES" 2> /dev/null; then cat "$OUT/pages.log" >&2; exit 1; fi
  sleep 2
done
start=()
if [ ! -f "$OUT/training/state.safetensors" ] && [ -f "$INIT" ]; then start=(--set "run.init=$INIT"); fi
# shellcheck disable=SC2086  # several words
$TRAINER "$PYTHON" -m train fit --config "$OUT/run.toml" "${start[@]}" 2>&1 | tee -a "$OUT/fit.log"
