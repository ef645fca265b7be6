"""Pages with edits that a large network learns to find in minutes."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.networks.taught import edit, teach
from export.parity.probes import synthetic_page
from train.networks import build_network

PAGE = synthetic_page(256, seed=1)


def test_the_mask_says_where_the_page_was_edited() -> None:
    edited, mask = edit(np.random.default_rng(4), PAGE, most=12)

    assert mask.any() and not mask.all()
    changed = (edited != PAGE).any(axis=2)
    assert changed[mask == 1].mean() > 0.5
    assert not changed[mask == 0].any()


def test_the_same_seed_edits_alike() -> None:
    one, two = (edit(np.random.default_rng(7), PAGE, most=3)[0] for _ in range(2))

    assert np.array_equal(one, two)


def test_a_step_of_teaching_writes_a_checkpoint(tmp_path) -> None:
    torch.set_num_threads(1)
    teach([PAGE], steps=5, out=tmp_path / "taught.pth", side=32)

    weights = torch.load(tmp_path / "taught.pth", weights_only=True)
    network = build_network("seresnext50")
    network.load_state_dict(weights)
    assert all(torch.isfinite(value).all() for value in weights.values())
