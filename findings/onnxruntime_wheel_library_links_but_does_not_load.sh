#!/usr/bin/env bash
# One would guess: the Python wheel of onnxruntime has a whole libonnxruntime.so, so a C program can be
# linked with it, given its folder to look in at run time, and started; OpenVINO's wheel allows that.
# What happens (1.32.0, Linux x86-64): linking succeeds, and the program does not start. The file is
# libonnxruntime.so.1.32.0, the name inside it is libonnxruntime.so.1, which the linker writes into
# the program, and no file of that name is in the wheel. Loaded by its path (dlopen), it works.
# Why it matters: C++ services that take the engine from the wheel, so that Python and C++ run the same
# one, build without a warning and fail in production.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0
library=$(find "$work/venv" -name 'libonnxruntime.so*' | sort)
folder=$(dirname "$library")
echo "files in the wheel: $(basename "$library")"
readelf -d "$library" | grep SONAME

cat >"$work/linked.c" <<'C'
const void *OrtGetApiBase(void);
int main(void) { return OrtGetApiBase() == 0; }
C
cat >"$work/loaded.c" <<'C'
#include <dlfcn.h>
int main(int count, char **words) {
  void *library = dlopen(words[count - 1], RTLD_NOW);
  return library == 0 || dlsym(library, "OrtGetApiBase") == 0;
}
C
cc "$work/linked.c" -o "$work/linked" "$library" -Wl,-rpath,"$folder"
cc "$work/loaded.c" -o "$work/loaded" -ldl
if said=$("$work/linked" 2>&1); then echo "the linked program starts"; exit 1; fi
echo "${said#"$work"/}"
"$work/loaded" "$library" && echo "loaded by its path: works"
grep -q 'libonnxruntime.so.1: cannot open shared object file' <<<"$said"
