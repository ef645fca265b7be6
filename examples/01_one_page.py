"""1. One page: which pixels were forged, and how sure is the answer?

python examples/01_one_page.py [IMAGE]
"""

import sys

from forensics_rt import Detector

image = sys.argv[1] if len(sys.argv) > 1 else "docs/samples/license.jpg"

with Detector() as detector:
    detection = detector(image)

print(f"{detection.name}: {detection.verdict}, score {detection.score:.3f}")
for region in detection.regions:
    left, top, width, height = region.box
    print(f"  {width}×{height} pixels at {left},{top}, probability {region.mean_probability:.2f}")

# The map has one probability for each pixel. The mask says which pixels are reported.
print(f"  map {detection.probability.shape}, {detection.mask.sum()} pixels in the mask")

# Writes the map, the mask, a picture with outlines, and a JSON file.
detection.save("out")
print("look at the overlay in the folder 'out'")
