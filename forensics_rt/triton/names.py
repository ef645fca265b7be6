"""Names that the model repository, its models and their clients share."""

from __future__ import annotations

# Models.
PIPELINE = "forensics_rt"
BLS = "forensics_rt_bls"
# A member that takes tiles of any height and width.
ANY_TILE = "any"

# Tensors of both pipelines.
FILE = "file"
OPTIONS = "options"
RESULT = "result"
PROBABILITY_PNG = "probability_png"
PROBABILITY = "probability"

# Tensors of a member; the first two are those of the bundle's contract.
IMAGE = "image"
ANSWER = "probability"
ENGINE = "engine"

BUNDLE_FOLDER = "bundle"
# Priorities of requests: probes go first, so that a full queue does not hide a dead worker.
FIRST, USUAL = 1, 2


def member_model(member: int, tile: int | None) -> str:
    """Return the name of the model that runs one member.

    Args:
        member: Index of the network in the bundle, from 0.
        tile: Side of its tiles in pixels; `None` for tiles of any height and width.

    Example:
        >>> member_model(0, 512), member_model(1, None)
        ('forensics_rt_member_1_512', 'forensics_rt_member_2_any')
    """
    return f"forensics_rt_member_{member + 1}_{ANY_TILE if tile is None else tile}"
