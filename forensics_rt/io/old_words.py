"""Words of bundles and calibration files that earlier versions wrote, read as those of today."""

from __future__ import annotations

import re
from typing import Any

TODAY = {
    "clear_below": "exit_threshold",
    "colour_order": "color_order",
    "ece_of_evidence": "ece_of_raw_score",
    "evidence": "raw_score",
    "licence": "license",
    "optimisation_level": "optimization_level",
    "peak": "high_threshold",
    "screen": "cascade",
    "symmetries": "tta",
    "untouched": "authentic",
    "untouched_wrong": "authentic_wrong",
}

_BEFORE = {new: old for old, new in TODAY.items() if new != "authentic"}
_KEY = re.compile(rf'(?m)^( +)"({"|".join(_BEFORE)})":')
# Of the images of a fitting the same word was used before.
_BAND = re.compile(r'"authentic"(?=: \d+,\s+"untouched_wrong":)')


def in_todays_words(keys: Any) -> Any:
    """Return a JSON object with the keys of today; anything else as it is.

    A key that is there under both names keeps the earlier one, so that a schema refuses it.

    Example:
        >>> in_todays_words({"peak": 0.9, "threshold": 0.3})
        {'high_threshold': 0.9, 'threshold': 0.3}
    """
    if not isinstance(keys, dict):
        return keys
    return {
        key if TODAY.get(key, key) in keys else TODAY[key]: value for key, value in keys.items()
    }


def in_earlier_words(text: str) -> str:
    """Return the JSON text of a calibration, indented, with the keys of before.

    What identifies a calibration must not change with the words it is written in.
    """
    renamed = _KEY.sub(lambda found: f'{found[1]}"{_BEFORE[found[2]]}":', text)
    return _BAND.sub('"untouched"', renamed)
