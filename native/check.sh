#!/usr/bin/env bash
# The long form of what tests/native checks: sanitizers, endurance and fuzzing. In the repository:
#   native/check.sh [SECONDS]     of each fuzz target, 300 unless given
# needs clang and libclang-rt-dev for the fuzzers, g++ for the rest, and the Python of the tests.
# Builds go to $FRT_CHECK, or build/check. It ends with "nothing found", or at what was found.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-300}
folder=${FRT_CHECK:-build/check}
python=${PYTHON:-python}
mkdir -p "$folder"/{manifests,images,kept}
export FORENSICS_RT_CACHE=$folder/cache
# What OpenVINO and TBB do among themselves is not seen: they were built without the sanitizer.
export TSAN_OPTIONS=ignore_noninstrumented_modules=1 ASAN_OPTIONS=detect_leaks=1

build() {  # NAME TARGETS SETTING...
  local name=$1 targets=$2
  shift 2
  cmake -S native -B "$folder/$name" -DFRT_TOOLS=ON -DFRT_EXAMPLES=OFF \
    -DPython3_EXECUTABLE="$(command -v "$python")" "$@" >"$folder/$name.log"
  # shellcheck disable=SC2086
  cmake --build "$folder/$name" --parallel --target $targets >>"$folder/$name.log"
}

"$python" - "$folder/bundle" <<'PYTHON'
import sys
from pathlib import Path

from tests.bundles import stand_in_graph, write_bundle

write_bundle(Path(sys.argv[1]), [stand_in_graph(fold) for fold in range(2)])
PYTHON

build plain stress
"$folder/plain/tools/stress" "$folder/bundle" 8 12500 300
for sanitizer in address,undefined thread; do
  build "$sanitizer" stress "-DFRT_SANITIZE=$sanitizer" -DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS=-O1 -g1"
  "$folder/$sanitizer/tools/stress" "$folder/bundle" 8 500 20
done

cp forensics_rt/bundles/default/manifest.json "$folder/manifests/default"
cp forensics_rt/bundles/fast/manifest.json "$folder/manifests/fast"
"$python" - "$folder/kept" <<'PYTHON'
import sys
from pathlib import Path

from forensics_rt.system.kept_files import KeptFiles

KeptFiles(Path(sys.argv[1]), 10_000).write("whole", "what it is", bytes(range(256)))
PYTHON
build fuzz "fuzz_manifest fuzz_image fuzz_kept" -DFRT_FUZZ=ON -DFRT_SANITIZE=address,undefined \
  -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang
"$folder/fuzz/fuzz/fuzz_manifest" "-max_total_time=$seconds" -max_len=20000 -verbosity=0 "$folder/manifests"
"$folder/fuzz/fuzz/fuzz_image" "-max_total_time=$seconds" -max_len=64 -len_control=0 -verbosity=0 "$folder/images"
"$folder/fuzz/fuzz/fuzz_kept" "-max_total_time=$seconds" -max_len=4000 -len_control=0 -verbosity=0 "$folder/kept"
echo "nothing found"
