"""5. TTA and ensembles: more views of each tile, for more accuracy and more time.

python examples/05_tta_and_ensembles.py [IMAGE]
"""

import sys

from forensics_rt import Detector, Recipe

image = sys.argv[1] if len(sys.argv) > 1 else "docs/samples/license.jpg"

# TTA (test-time augmentation): each tile is also seen mirrored, and the answers are averaged.
# `members=None` lets every network of the bundle vote. The default bundle has one.
mirrored = Recipe("mirrored", tta=("identity", "flip_left_right"), members=None, overlap=32)

for recipe in ("balanced", mirrored):
    with Detector(recipe=recipe) as detector:
        detection = detector(image)
    name = detection.provenance.recipe.name
    print(f"{name}: raw score {detection.raw_score:.3f}, {detection.seconds['engine']:.2f} s")

    # Where several answers were averaged, the uncertainty is their standard deviation.
    if detection.uncertainty is not None:
        print(f"  answers differ most by {detection.uncertainty.max():.3f}")

# The recipe "max" uses all eight symmetries of the square.
