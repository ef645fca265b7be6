"""Fixtures of the tests of CUDA."""

import pytest

from tests.cuda.gpu import gpu_or_skip


@pytest.fixture(scope="package")
def device():
    """The first GPU; tests skip where there is none."""
    return gpu_or_skip()
