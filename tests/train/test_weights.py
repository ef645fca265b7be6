"""Files of weights: whole, or as they were before."""

from __future__ import annotations

import pytest
import torch

from train.weights import load_tensors, save_tensors


@pytest.fixture
def small_files():
    """Let no file grow beyond 64 KiB, which ends a write as a full disk does."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_is_an_error_that_names_the_file(tmp_path, small_files):
    path = tmp_path / "new folder" / "weights.safetensors"
    save_tensors(path, {"a": torch.zeros(9)}, {"step": 3})
    with pytest.raises(OSError, match=r"weights\.safetensors: cannot be written: .*too large"):
        save_tensors(path, {"a": torch.ones(1 << 15)}, {"step": 4})
    tensors, header = load_tensors(path)
    assert torch.equal(tensors["a"], torch.zeros(9))
    assert header == {"step": "3"}
    assert list(path.parent.iterdir()) == [path]
