"""7. Your own network: from a PyTorch checkpoint to a bundle that the detector runs.

pip install '.[export]'
python examples/07_your_own_network.py [FOLDER FOR THE BUNDLE]
"""

import subprocess
import sys
from pathlib import Path

import torch

from forensics_rt import Detector
from train.networks import build_network

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/my-bundle")

# The same as segmentation_models_pytorch.Unet("resnet18", classes=1). Train yours first: this
# one has random weights, so its answers mean nothing.
network = build_network("smp:Unet/resnet18")
checkpoint = folder.with_suffix(".pth")
checkpoint.parent.mkdir(parents=True, exist_ok=True)
torch.save({"state_dict": network.state_dict()}, checkpoint)

# The build fails if the exported graph does not answer like PyTorch.
build = [sys.executable, "-m", "export.build_engines", "--checkpoint", str(checkpoint)]
build += ["--arch", "smp:Unet/resnet18", "--tiles", "384", "--out", str(folder)]
subprocess.run(build, check=True)

with Detector(folder) as detector:
    print(detector.bundle_name, "runs on", detector.capabilities.name)
    print(detector("docs/samples/license.jpg"))
