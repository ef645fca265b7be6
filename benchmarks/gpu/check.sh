#!/bin/bash
# What a GPU has to show, in one command: its tests, then the benchmark. Results end up in $OUT.
#
#   OUT=out/gpu bash benchmarks/gpu/check.sh
#
# TEST_SECONDS and BENCHMARK_SECONDS cut a part off that takes longer; what it had found by then is
# kept. Their defaults add up to nine minutes. Where a TensorRT has engines to build, allow for more.
# Set PYTHON to choose an interpreter.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

OUT=${OUT:-out/gpu}
PYTHON=${PYTHON:-python3}
mkdir -p "$OUT"
OUT=$(realpath "$OUT")
failed=0

{ nvidia-smi; "$PYTHON" -m forensics_rt doctor; "$PYTHON" -m pip list; } > "$OUT/machine.txt" 2>&1

echo "== tests"
# A line for each test as it ends, so that one that is cut off has said what the others found. Only
# files with tests for a GPU are read: others may import what a GPU's machine need not have.
mapfile -t files < <(grep -rl --include='test_*.py' 'mark\.gpu' tests | sort)
timeout "${TEST_SECONDS:-300}" "$PYTHON" -m pytest -m gpu -v -s -rs --durations=15 -p no:cacheprovider \
  -o faulthandler_timeout=60 "${files[@]}" 2>&1 | tee "$OUT/tests.log" || failed=1

echo "== benchmark"
timeout "${BENCHMARK_SECONDS:-120}" "$PYTHON" -m benchmarks.gpu --network seresnext50 --images 10 \
  --warm-up 3 --batch 8 --tile 1024 512 768 384 --json "$OUT/gpu.json" --check 2>&1 \
  | tee "$OUT/benchmark.log" || failed=1
timeout "${BENCHMARK_SECONDS:-120}" "$PYTHON" -m benchmarks.gpu --bundle default --images 40 \
  --warm-up 5 --batch 8 --tile 768 512 --json "$OUT/gpu_default.json" 2>&1 \
  | tee "$OUT/benchmark_default.log" || failed=1

echo "== done: $OUT"
exit "$failed"
