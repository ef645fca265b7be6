"""Published networks of others, written anew from their papers.

The names of their tensors are those of the checkpoints that their authors publish, so that such a
file loads as it is. Weights are not part of this package.

Example:
    >>> sorted(PUBLISHED)
    ['cat_net', 'dtd', 'mvss_net', 'trufor']
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import nn

from train.networks.published.cat_net import FACTS as CAT_NET
from train.networks.published.cat_net import CATNet
from train.networks.published.dtd import DTD
from train.networks.published.dtd import FACTS as DTD_FACTS
from train.networks.published.facts import Facts
from train.networks.published.mvss_net import FACTS as MVSS_NET
from train.networks.published.mvss_net import MVSSNet
from train.networks.published.trufor import FACTS as TRUFOR
from train.networks.published.trufor import TruFor

PUBLISHED: Mapping[str, tuple[type[nn.Module], Facts]] = {
    "cat_net": (CATNet, CAT_NET),
    "dtd": (DTD, DTD_FACTS),
    "mvss_net": (MVSSNet, MVSS_NET),
    "trufor": (TruFor, TRUFOR),
}
"""The class and the facts of each, by the name that `--arch` takes."""


def not_run(architecture: str) -> re.Pattern[str] | None:
    """Return what is in the name of a published tensor that no map needs; `None` for nothing."""
    return PUBLISHED[architecture][1].not_run if architecture in PUBLISHED else None
