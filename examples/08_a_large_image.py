"""8. A large image: computed row by row, in a fixed amount of memory.

pip install '.[large]'
python examples/08_a_large_image.py [IMAGE]
"""

import sys

from forensics_rt import Detector
from forensics_rt.large import detect_large

image = sys.argv[1] if len(sys.argv) > 1 else "docs/samples/license.jpg"

with Detector() as detector:
    # Refused with advice before anything is computed if 1.5 GB are not enough.
    found = detect_large(detector, image, out="out", memory="1.5GB", stem="large")

print(f"{found.verdict}, score {found.score:.3f}, {len(found.regions)} regions")
print(f"predicted memory: {found.memory.total / 1e9:.2f} GB")

# The maps are files: tiled pyramid TIFFs, which QGIS and libvips open at any zoom.
print(found.probability, found.mask)
