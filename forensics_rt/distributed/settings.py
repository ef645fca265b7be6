"""What decides the answers of a run, and the id that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from forensics_rt.detector import Detector
from forensics_rt.distributed.rows import ROW_SCHEMA
from forensics_rt.version import __version__


def settings_of(detector: Detector) -> dict[str, Any]:
    """Return what decides the answers of a detector, ready for JSON."""
    used, uses = detector.conclusions, detector.capabilities
    recipe = used.decided(detector.recipe)
    return json.loads(  # type: ignore[no-any-return]
        json.dumps(
            {
                "rows": ROW_SCHEMA,
                "forensics_rt": __version__,
                "bundle": detector.bundle_name,
                "bundle_id": detector.bundle.id,
                "recipe": recipe.as_record(),
                "calibration": used.calibration_id,
                "operating_point": used.operating_point_name,
                "prevalence": used.expected_share,
                "backend": uses.name,
                "precision": uses.precision,
                "damaged": detector.read_options.damaged,
                "max_pixels": detector.read_options.max_pixels,
            }
        )
    )


def settings_id(settings: Mapping[str, Any]) -> str:
    """Return 16 digits that name the settings of a run."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
