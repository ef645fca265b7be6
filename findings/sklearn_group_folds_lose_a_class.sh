#!/usr/bin/env bash
# One would guess: StratifiedGroupKFold keeps both classes in every training part where at least two groups hold each class.
# What happens: groups are assigned greedily by how even the class counts become, and both groups of a class can land in one fold. The
# other fold then trains without that class, and no warning says so.
# Why it matters: scores of a forgery detector are calibrated on folds by origin (a scanner, a sender), with few forged origins. A
# logistic regression of one class raises an error, and an isotonic regression becomes a constant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedGroupKFold

warnings.simplefilter("error")
print("scikit-learn", sklearn.__version__)
# Origin 0: 19 authentic images. Origin 1: three authentic and three forged ones. Three origins of one forged image each.
labels = np.array([0] * 19 + [0, 0, 0, 1, 1, 1] + [1, 1, 1])
groups = np.array([0] * 19 + [1] * 6 + [2, 3, 4])
holders = {int(group) for group in groups[labels == 0]}
folds = list(StratifiedGroupKFold(2).split(labels, labels, groups))
single = [number for number, (train, _) in enumerate(folds) if len(set(labels[train].tolist())) == 1]
print("origins that hold an authentic image:", sorted(holders), "of", len(set(groups.tolist())))
print("folds that train on one class alone, without a warning:", single, "of", len(folds))
print("classes of each training part:", [sorted(set(labels[train].tolist())) for train, _ in folds])
if len(holders) != 2 or len(single) != 1:
    sys.exit("the behavior has changed")
PYTHON
