"""6. Your own threshold: report more or less, and say how many forgeries you expect.

python examples/06_your_own_threshold.py [IMAGE]
"""

import sys

from forensics_rt import Detector

image = sys.argv[1] if len(sys.argv) > 1 else "docs/samples/license.jpg"

# A pixel is reported from `threshold` on, if its region reaches `high_threshold` somewhere, or with
# as many pixels as `high_area` says.
for threshold, high_threshold in ((0.3, None), (0.5, 0.9), (0.9, None)):
    with Detector(threshold=threshold, high_threshold=high_threshold) as detector:
        detection = detector(image)
    print(f"{threshold} {high_threshold}: {detection.mask.mean():.2%} of the pixels reported")

# The score is a probability among images of which half are forged. If you expect one in a
# hundred, say so: the map stays the same, and score and verdict change.
with Detector(prevalence=0.01) as detector:
    detection = detector(image)
print(f"score {detection.score:.3f} where one image in a hundred is forged: {detection.verdict}")

# Thresholds from labeled pages of your own:
#   forensics-rt calibrate --calibration-images pages --masks masks --out own.json
# then Detector(calibration="own.json").
