"""Examples of answers, for the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_RESULT: Mapping[str, Any] = {
    "schema": 2,
    "name": "letter.jpg",
    "width": 1077,
    "height": 1420,
    "raw_score": 0.988771,
    "score": 0.79836,
    "calibrated": True,
    "verdict": "uncertain",
    "reason": None,
    "medium": {"name": "scan", "evidence": "75 % of the pixels of one brightness"},
    "threshold": 0.35,
    "high_threshold": 0.98,
    "forged_share": 0.00241607,
    "exif_orientation": 1,
    "regions": [
        {
            "polygon": [[660, 509], [785, 514], [783, 495], [664, 492]],
            "box": [660, 491, 126, 32],
            "area": 3695,
            "mean_probability": 0.87,
            "page_box": None,
        }
    ],
    "page_report": None,
    "provenance": {
        "bundle_id": "d3120b482d974e7a",
        "bundle_name": "forensics-rt-fast 3.1",
        "backend": "openvino",
        "device": "cpu",
        "precision": "int8",
        "recipe": {
            "name": "balanced",
            "tile_sizes": None,
            "overlap": 24,
            "window": "pyramid",
            "tta": ["identity"],
            "members": 1,
            "merge": "blend",
            "exit_threshold": None,
            "threshold": 0.35,
            "high_threshold": 0.98,
        },
        "calibration": "0f3c1a2b4d5e6f70",
        "operating_point": None,
        "prevalence": None,
        "tile_size": 832,
        "tiles": 6,
        "versions": {"forensics_rt": "0.2.0", "numpy": "2.4.6", "openvino": "2026.4.1"},
        "image_sha256": "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab",
        "image_format": "JPEG",
        "image_mode": "RGB",
        "conversions": [],
        "exif_orientation": 1,
        "frames": 1,
        "settled_tiles": 0,
        "page": None,
        "density": [150.0, 150.0],
        "precision_reason": None,
        "constant_tiles": 0,
        "tile_shapes": [[512, 640]],
        "repeated_tiles": 0,
    },
    "seconds": {"decode": 0.012, "plan": 0.0002, "engine": 0.31, "merge": 0.006, "finish": 0.001},
}
_JOB: Mapping[str, Any] = {
    "id": "VP8p-7wDhCVAbM2Hm9utQw",
    "state": "running",
    "name": "contract.pdf",
    "bytes": 1843201,
    "created": "2026-11-30T15:55:46+00:00",
    "expires": None,
    "pages": [
        {
            "page": 1,
            "state": "done",
            "verdict": "authentic",
            "score": 0.04,
            "forged_share": 0.0,
            "regions": 0,
            "problem": None,
        },
        {
            "page": 2,
            "state": "waiting",
            "verdict": None,
            "score": None,
            "forged_share": None,
            "regions": None,
            "problem": None,
        },
    ],
    "examined": 1,
    "problem": None,
}
_LINE = {
    "file": 0,
    "name": "letter.jpg",
    "page": 1,
    "pages": 1,
    "result": _RESULT,
    "problem": None,
}
# By the name of the model, or by media type.
EXAMPLES: Mapping[str, Any] = {
    "ResultAnswer": _RESULT,
    "JobAnswer": _JOB,
    "HealthAnswer": {"status": "alive"},
    "ReadyAnswer": {"status": "ready"},
    "VersionAnswer": {
        "version": "0.2.0",
        "bundle_id": "d3120b482d974e7a",
        "bundle_name": "forensics-rt-fast 3.1",
        "backend": "openvino",
        "device": "cpu",
        "precision": "int8",
        "recipe": "balanced",
        "calibrated": True,
        "versions": {"openvino": "2026.4.1"},
    },
    "application/x-ndjson": json.dumps(_LINE) + "\n",
    "text/plain": "forensics_rt_images_total 17.0\nforensics_rt_queue_depth 0.0\n",
}
