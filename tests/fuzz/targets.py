"""All that is fuzzed."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.images import IMAGES
from tests.fuzz.records import RECORDS
from tests.fuzz.target import Target

TARGETS: Mapping[str, Target] = {target.name: target for target in (*IMAGES, *RECORDS)}
