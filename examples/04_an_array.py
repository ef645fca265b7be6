"""4. An array in memory: pixels that never were a file.

python examples/04_an_array.py
"""

import cv2
import numpy as np

from forensics_rt import Detector

# A page drawn by hand: uint8, height × width × 3, in RGB order.
page = np.full((600, 800, 3), 245, np.uint8)
for line in range(8):
    text = f"Item {line + 1}   {19 * (line + 3)}.00 EUR"
    cv2.putText(page, text, (60, 90 + 60 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (30, 30, 30), 2)

with Detector() as detector:
    detection = detector(page, name="drawn page")
    print(detection)

    # OpenCV reads files as BGR. The detector expects RGB, so swap the channels.
    ok, encoded = cv2.imencode(".png", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    from_opencv = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    again = detector(cv2.cvtColor(from_opencv, cv2.COLOR_BGR2RGB))
    print("same map:", np.array_equal(detection.probability, again.probability))

# Uploads work too: `detector(data)` takes bytes and open files.
