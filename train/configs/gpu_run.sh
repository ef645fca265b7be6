#!/bin/bash
# The whole way in one command: pages, training, figures, bundle. Everything ends up in $OUT.
#
#   OUT=out/gpu bash train/configs/gpu_run.sh                  the default network
#   NETWORK=seresnext50 OUT=out/folds bash train/configs/gpu_run.sh    four folds, one bundle
#   REHEARSAL=1 OUT=out/rehearsal bash train/configs/gpu_run.sh        the same steps on two cores
#
# Run again after a kill, it goes on where it was. Set PYTHON to choose an interpreter, MINUTES
# for the length of a training, DATA for the folder that the config calls `data`.
set -euo pipefail
cd "$(dirname "$0")/../.."

OUT=${OUT:-out/gpu_run}
PYTHON=${PYTHON:-python}
NETWORK=${NETWORK:-forensic_unet}
REHEARSAL=${REHEARSAL:-0}
DATA=${DATA:-data}
CORES=$(nproc)

# What bundle and figures need is missed now, and not when the training is over.
"$PYTHON" - << 'END'
import importlib
import sys

missing = []
for name in ("pydantic", "onnx", "onnxscript", "onnxruntime", "safetensors", "matplotlib"):
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing.append(f"{name} ({error})")
try:
    from forensics_rt.backends.openvino import load_openvino  # without its usage report

    load_openvino()
except ImportError as error:
    missing.append(f"openvino ({error})")
if missing:
    needed = "; ".join(missing)
    sys.exit(f"steps after the training need {needed}: pip install 'forensics_rt[train]'")
END

mkdir -p "$OUT"
POOL=$OUT/pool
CONFIG=$OUT/run.toml

if [ "$NETWORK" = forensic_unet ]; then
  sed "s#\"data/#\"$DATA/#g" train/configs/one_gpu.toml > "$CONFIG"
  FOLDS=""
else
  sed "s#\"data/#\"$DATA/#g" train/configs/seresnext50_folds.toml > "$CONFIG"
  FOLDS="0 1 2 3"
fi

fit=(--set "run.out=$OUT/training")
if [ "$REHEARSAL" = 1 ]; then
  MAKERS=1 SHARDS=3 KEEP=6 PAIRS=24 COUNT=8 VALIDATION=4
  [ -z "$FOLDS" ] || FOLDS="0 1"
  TILES="384" scans=(--scans 2)
  fit+=(--set run.minutes=0 --set run.steps=6 --set run.device=cpu --set run.precision=fp32
        --set run.compile=false --set run.threads=2 --set run.workers=1 --set run.picture_steps=3
        --set run.report_steps=2 --set validation.pages=2)
  for stage in 0 1; do
    fit+=(--set "stages.$stage.size=96" --set "stages.$stage.batch=2")
  done
  fit+=(--set "stages.1.until=1.0")
else
  MAKERS=$((CORES > 8 ? CORES - 6 : CORES - 1)) SHARDS=100000 KEEP=500 PAIRS=4000 COUNT=1000 VALIDATION=300
  MAKERS=$((MAKERS < 1 ? 1 : MAKERS))
  TILES="384 512 768 1024" scans=()
  [ -z "${MINUTES:-}" ] || fit+=(--set "run.minutes=$MINUTES")
fi
if [ -z "$FOLDS" ]; then
  fit+=(--set "pool.folder=$POOL")
else
  sed -i "s#\"out/pool\"#\"$POOL\"#; s#\"$DATA/pairs/#\"$OUT/pairs/#" "$CONFIG"
  [ -f "$OUT/pairs/pages.csv" ] || "$PYTHON" -m train synth --config "$CONFIG" \
    --out "$OUT/pairs" --count "$PAIRS" --seed 11 --workers "$CORES"
fi

echo "== pages: $MAKERS makers"
# Numbers go on where an earlier start left off: the newest are those that train.
NEWEST=$(find "$POOL" -name 'shard_*.npz' 2> /dev/null | sort | tail -1 || true)
FIRST=0
if [ -n "$NEWEST" ]; then
  NUMBER=$(basename "$NEWEST" .npz)
  FIRST=$((10#${NUMBER#shard_} + 1))
fi
"$PYTHON" -m train pool --config "$CONFIG" --out "$POOL" --seed 1 --shards "$SHARDS" \
  --first "$FIRST" --keep "$KEEP" --workers "$MAKERS" 2> "$OUT/pool.log" &
MAKER=$!
trap 'kill "$MAKER" 2> /dev/null || true' EXIT
# As many pages as cores make in about a minute, before the first step.
until [ "$(find "$POOL" -name 'shard_*.npz' 2> /dev/null | wc -l)" -ge $((MAKERS * 3)) ]; do
  kill -0 "$MAKER" 2> /dev/null || break
  sleep 1
done
# A maker that has ended with its pages made is what a rehearsal wants; one that failed says why.
if ! kill -0 "$MAKER" 2> /dev/null && ! wait "$MAKER"; then
  cat "$OUT/pool.log" >&2
  exit 1
fi

checkpoints=()
train_one() {
  local folder=$OUT/training${1:+/fold_$1}
  echo "== training $folder"
  "$PYTHON" -m train fit --config "$CONFIG" "${fit[@]}" ${1:+--fold "$1"} 2>&1 | tee -a "$OUT/fit.log"
  checkpoints+=("$(find "$folder" -name 'weights_*.safetensors' | sort | tail -1)")
}
if [ -z "$FOLDS" ]; then train_one ""; else for fold in $FOLDS; do train_one "$fold"; done; fi
kill "$MAKER" 2> /dev/null || true

echo "== bundle"
members=()
for checkpoint in "${checkpoints[@]}"; do members+=(--checkpoint "$checkpoint"); done
# shellcheck disable=SC2086  # tiles are several words
"$PYTHON" -m export.build_engines "${members[@]}" --tiles $TILES --out "$OUT/bundle" --force

echo "== figures"
rm -rf "$OUT/bundle-calibrated"  # of an earlier start
"$PYTHON" -m train calibrate --bundle "$OUT/bundle" --config "$CONFIG" --count "$COUNT" \
  --workers "$CORES" --into "$OUT/bundle-calibrated" --out "$OUT/calibration.json"
"$PYTHON" -m train evaluate --bundle "$OUT/bundle-calibrated" --config "$CONFIG" \
  --count "$COUNT" --validation "$VALIDATION" "${scans[@]}" --out "$OUT/evaluation"
for checkpoint in "${checkpoints[@]}"; do
  "$PYTHON" -m train evaluate --checkpoint "$checkpoint" --threads "$CORES" --config "$CONFIG" \
    --count "$COUNT" --validation "$VALIDATION" "${scans[@]}" --out "$OUT/evaluation-$(basename "$(dirname "$checkpoint")")"
done
echo "== done: $OUT"
