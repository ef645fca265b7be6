#!/usr/bin/env bash
# One would guess: a Pillow picture that was changed after it was opened (a patch pasted in, text drawn over it) goes into a
# dataset of Hugging Face as it is in memory; the label of the same row certainly goes in as given.
# What happens (datasets 5.2.0): a picture that came from a file is stored as the content of that file, and nobody
# looks at its pixels. The edit is lost in from_dict, from_generator and map alike; the labels of the same rows are kept.
# copy() or convert() before the edit makes a picture without a file name, and its edit is kept.
# Why it matters: forged examples are made by pasting into authentic pictures. The rows then say "forged" and show the
# authentic picture, without an error or a warning. A detector trained on them learns nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check datasets==5.2.0 pillow==13.0.0 numpy==2.4.6
export HF_HOME="$work/cache" HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1
"$work/venv/bin/python" - "$work/authentic.png" <<'PYTHON'
import sys

import datasets
import numpy as np
import PIL
from datasets import ClassLabel, Dataset, Features
from PIL import Image

path = sys.argv[1]
Image.new("RGB", (64, 64), "white").save(path)
columns = Features({"image": datasets.Image(), "label": ClassLabel(names=["authentic", "forged"])})


def forge(picture: Image.Image) -> Image.Image:
    """Paste a black square into the middle, in place."""
    picture.paste("black", (16, 16, 48, 48))
    return picture


def rows():
    yield {"image": forge(Image.open(path)), "label": 1}


def forge_row(row: dict) -> dict:
    return {"image": forge(row["image"]), "label": 1}


opened = forge(Image.open(path))
copied = forge(Image.open(path).copy())
converted = forge(Image.open(path).convert("RGB"))  # it is RGB already
assert np.array_equal(opened, copied) and np.asarray(opened).min() == 0, "both hold the square in memory"
authentic = Dataset.from_dict({"image": [path], "label": [0]}, columns)
made = {
    "from_dict": Dataset.from_dict({"image": [opened], "label": [1]}, columns),
    "from_generator": Dataset.from_generator(rows, columns),
    "map": authentic.map(forge_row),
    "from_dict after copy()": Dataset.from_dict({"image": [copied], "label": [1]}, columns),
    "... after convert()": Dataset.from_dict({"image": [converted], "label": [1]}, columns),
}
print("datasets", datasets.__version__, "Pillow", PIL.__version__)
for way, rows_made in made.items():
    row = rows_made[0]
    black = int((np.asarray(row["image"]) == 0).all(-1).sum())
    print(f"{way:24}label {columns['label'].int2str(row['label'])}, black pixels {black} of 1024")
    assert row["label"] == 1
    assert black == (1024 if "after" in way else 0), f"changed: {way} stored {black} black pixels"
print("as found: rows labeled forged hold the authentic picture")
PYTHON
