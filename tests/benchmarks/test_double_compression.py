"""The measurement of the sign of an earlier compression, on one small picture."""

import numpy as np
from PIL import Image

from benchmarks.double_compression import EARLIER, LATER, cases, table


def test_each_pair_of_qualities_has_a_cell(tmp_path):
    path = tmp_path / "picture.png"
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(20, 230, (40, 60, 3), np.uint8))
    coarse.resize((480, 320), Image.Resampling.BICUBIC).save(path)

    done = list(cases(path))
    lines = list(table(done))

    assert len(done) == len(EARLIER) * len(LATER) - 1, "95 twice is no case"
    assert lines[2].startswith("| none | 0 of 1") and lines[-1].endswith("| – |")
