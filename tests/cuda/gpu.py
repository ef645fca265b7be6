"""A GPU for the tests that need one."""

import pytest

from forensics_rt.cuda.device import CudaDevice
from forensics_rt.errors import CudaUnavailable


def gpu_or_skip():
    """The first GPU; tests skip where there is none."""
    try:
        return CudaDevice()
    except CudaUnavailable as error:
        pytest.skip(str(error))
