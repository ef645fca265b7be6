"""7. Your own network: from a PyTorch checkpoint to a bundle that the detector runs.

pip install '.[export]'
python examples/07_your_own_network.py [FOLDER FOR THE BUNDLE]
"""

import subprocess
import sys
from pathlib import Path

import segmentation_models_pytorch as smp
import torch

from forensics_rt import Detector

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/my-bundle")

# Train it first: this one has random weights, so its answers mean nothing.
network = smp.Unet("mobilenet_v2", encoder_weights=None, classes=1)
checkpoint = folder.with_suffix(".pth")
checkpoint.parent.mkdir(parents=True, exist_ok=True)
torch.save({"state_dict": network.state_dict()}, checkpoint)

# The build fails if the exported graph does not answer like PyTorch.
build = [sys.executable, "-m", "export.build_engines", "--checkpoint", str(checkpoint)]
build += ["--arch", "smp:Unet/mobilenet_v2", "--tiles", "384", "--out", str(folder)]
subprocess.run(build, check=True)

with Detector(folder) as detector:
    print(detector.bundle_name, "runs on", detector.capabilities.name)
    print(detector("docs/samples/letter.jpg"))
