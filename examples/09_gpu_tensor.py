"""9. A GPU tensor in and out: the page is on the GPU already, and so is what follows.

pip install '.[torch]' cuda-core nvidia-cuda-nvrtc
python examples/09_gpu_tensor.py
"""

import sys

import torch

from forensics_rt import Detector, ForensicsError

try:
    detector = Detector(backend="torch", device="cuda")
except ForensicsError as error:
    sys.exit(f"no GPU to use: {error}")

with detector:
    # Height × width × 3, uint8, RGB, on the GPU.
    page = torch.randint(200, 256, (768, 768, 3), dtype=torch.uint8, device="cuda")
    maps = detector.maps(page)

    # DLPack shares the memory: nothing is copied, and nothing is downloaded.
    probability = torch.from_dlpack(maps.probability)
    mask = torch.from_dlpack(maps.mask)
    print(probability.device, tuple(probability.shape), int(mask.sum()), "pixels in the mask")

    score, verdict = detector.conclusions.judge(maps.raw_score)
    print(f"score {score:.3f}, verdict {verdict}")
