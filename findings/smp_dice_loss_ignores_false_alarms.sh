#!/usr/bin/env bash
# One would guess: the Dice, Jaccard and Tversky losses of segmentation_models_pytorch are at their worst for a batch of authentic
# images in which the network marks every pixel, and training on authentic images teaches it to mark none.
# What happens (0.6.0, mode "binary"): where no image of a batch holds a forged pixel, the loss is 0 and so is its
# gradient, whatever is marked. MONAI's DiceLoss at least says 1, though its gradient is next to nothing; smp's focal loss
# says and teaches it.
# Why it matters: most images are authentic. With batches of one or a few large tiles, the authentic ones teach nothing, the
# logged loss is perfect, and the detector raises false alarms in production. Add a pixelwise loss.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check \
    torch==2.13.0 segmentation-models-pytorch==0.6.0 monai==1.6.1 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import torch

if torch.version.cuda is None:  # torchvision's wheel is built for CUDA and looks for these two
    operators = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import monai
import segmentation_models_pytorch as smp

print("torch", torch.__version__, "segmentation_models_pytorch", smp.__version__, "monai", monai.__version__)
authentic = torch.zeros(2, 1, 64, 64)
one_forged_pixel = authentic.clone()
one_forged_pixel[0, 0, 0, 0] = 1
losses = {
    "smp Dice": smp.losses.DiceLoss("binary"),
    "smp Jaccard": smp.losses.JaccardLoss("binary"),
    "smp Tversky": smp.losses.TverskyLoss("binary"),
    "smp focal": smp.losses.FocalLoss("binary"),
    "MONAI Dice": monai.losses.DiceLoss(sigmoid=True),
}
for name, loss in losses.items():
    said = []
    for truth in (authentic, one_forged_pixel):
        logits = torch.full(truth.shape, 2.0, requires_grad=True)  # everything is marked as forged
        value = loss(logits, truth)
        value.backward()
        said.append((float(value.detach()), float(logits.grad.abs().sum())))
    print(f"{name}: authentic batch {said[0][0]:.3f}, gradient {said[0][1]:.2g}; "
          f"with one forged pixel {said[1][0]:.3f}, gradient {said[1][1]:.2g}")
    silent = name in ("smp Dice", "smp Jaccard", "smp Tversky")
    assert (said[0] == (0.0, 0.0)) == silent, f"changed: {name}"
    assert said[0][0] > 0.5 or silent, name
    assert said[1][0] > 0.5 and said[1][1] > 0, name
print("as found: three losses say nothing about false alarms in authentic images")
PYTHON
