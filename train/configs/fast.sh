#!/bin/bash
# Makes the bundle `fast`, the smallest of those in the package, once more.
#
#   bash train/configs/fast.sh                       from the weights in train/pretrained
#   TRAIN=1 DATA=data bash train/configs/fast.sh      from pages: trains a network in place of these weights
#
# The first takes the sources of the commit that built the bundle, and says whether graph and goldens are
# equal to the byte. It needs the whole history of the repository, and the versions that the manifest names.
# The second gives another network, of the same config and the same number of steps: see "Where weights come
# from" in docs/security.md. It needs the folders that wider.toml names, with the text lines and rendered pages
# that wider.sh makes. Everything ends up in OUT. PYTHON is the interpreter. STEPS, PAGES, COUNT and FIRST make a
# short rehearsal; CHANGES are further arguments of `train fit`.
set -euo pipefail
cd "$(dirname "$0")/../.."

OUT=$(mkdir -p "${OUT:-out/fast}" && cd "${OUT:-out/fast}" && pwd)
DATA=${DATA:-data}
PYTHON=${PYTHON:-python}
COMMIT=975a33e0bda5870acf41339acb727d21570fc765
WEIGHTS=train/pretrained/fast.safetensors
BUNDLE=forensics_rt/bundles/fast
TILES="384 512 768 1024"

if [ -z "${TRAIN:-}" ]; then
  rm -rf "$OUT/sources"
  mkdir "$OUT/sources"
  git archive "$COMMIT" forensics_rt export train pyproject.toml | tar x -C "$OUT/sources"
  # shellcheck disable=SC2086  # tiles are several words
  (cd "$OUT/sources" && PYTHONPATH=$PWD "$PYTHON" -m export.build_engines --checkpoint "$WEIGHTS" \
    --tiles $TILES --name forensics-rt-fast --out "$OUT/bundle" --force)
  cmp "$WEIGHTS" "$OUT/sources/$WEIGHTS"
  for file in graphs/member-1.onnx goldens/member-1-384.npz goldens/member-1-512.npz; do
    cmp "$BUNDLE/$file" "$OUT/bundle/$file"
    echo "equal to the byte: $file"
  done
  exit
fi

# Pages that are made beside the training in a fixed order, so that a run is the same every time.
{ sed '/^\[pool\]/,/^$/d' train/configs/fast.toml; sed -n '/^\[page\]/,$p' train/configs/wider.toml; } \
  | sed "s#\"data/#\"$DATA/#g" > "$OUT/run.toml"
cat >> "$OUT/run.toml" << END

[[data]]
kind = "synthetic"
capacity = 2600
first_pages = ${FIRST:-256}
pages_per_step = 2.0
END
# shellcheck disable=SC2086  # several words
"$PYTHON" -m train fit --config "$OUT/run.toml" --out "$OUT/training" --set run.minutes=0 \
  --set "run.steps=${STEPS:-1974}" ${CHANGES:-}
"$PYTHON" -m train synth --config "$OUT/run.toml" --count "${PAGES:-60}" --seed 9001 --out "$OUT/pages"
rm -f "$OUT"/pages/*_mask.png
# shellcheck disable=SC2086  # tiles are several words
"$PYTHON" -m export.build_engines --tiles $TILES --name forensics-rt-fast --force --out "$OUT/uncalibrated" \
  --checkpoint "$(find "$OUT/training" -name 'weights_*.safetensors' | sort | tail -1)" \
  --cpu-formats auto --calibration-images "$OUT/pages"
rm -rf "$OUT/bundle"
"$PYTHON" -m train calibrate --bundle "$OUT/uncalibrated" --config "$OUT/run.toml" --count "${COUNT:-500}" \
  --authentic 0.45 --seed 41000 --alarmed 0.1 --into "$OUT/bundle"
echo "built: $OUT/bundle"
