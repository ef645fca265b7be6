"""2. A folder: many images, without stopping at the one that is damaged.

python examples/02_a_folder.py [FOLDER]
"""

import sys
from pathlib import Path

from forensics_rt import Detector, Failure

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/samples")
images = sorted(folder.glob("*.jpg"))

with Detector() as detector:
    # A stream decodes the next image while the engine computes this one. Results keep the order.
    for result in detector.stream(images, on_error="yield"):
        if isinstance(result, Failure):
            print(f"{result.name}: {result.error}")
            continue
        result.save("out")
        print(f"{result.name}: {result.verdict}, {len(result.regions)} regions")

# The same from the command line, with a progress bar, and able to resume after a power cut:
#   forensics-rt detect docs/samples --out out --resume
