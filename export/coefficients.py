"""What the export does with networks that read the coefficients of JPEG beside the pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from export.errors import ExportError
from forensics_rt.bundle.manifest import Contract
from forensics_rt.io.coefficients import recompressed_coefficients
from forensics_rt.plan.coefficients import TileCoefficients

# Of a page as it is sent around: many coefficients are 0, and not all are.
_QUALITY = 90


def probe_coefficients(tiles: npt.NDArray[np.uint8], limit: int | None) -> TileCoefficients | None:
    """Return the coefficients that probes have as JPEGs of quality 90.

    Args:
        tiles: N×S×S×3 RGB uint8.
        limit: Coefficients are clipped to ± so much; `None` for networks of pixels alone.

    Returns:
        The coefficients of every tile; `None` without a limit.

    Raises:
        OptionalDependency: If the package that reads them is missing.
    """
    if limit is None:
        return None
    found = [recompressed_coefficients(tile, limit, "a probe", _QUALITY) for tile in tiles]
    return TileCoefficients(
        np.stack([one.dct for one in found]).astype(np.int32),
        np.stack([one.quantization for one in found]).astype(np.int32),
    )


def limit_of(contract: Contract) -> int | None:
    """Return how coefficients are clipped; `None` for networks of pixels alone."""
    return None if contract.coefficients is None else contract.coefficients.limit


def refuse_coefficients(limit: int | None, number_format: str) -> None:
    """Refuse to build for networks that read coefficients in a format that nothing judges them in.

    Raises:
        ExportError: If there is a limit, so that the networks read coefficients.
    """
    if limit is not None:
        raise ExportError(
            f"networks that read the coefficients of JPEG are built in float32 alone, not in "
            f"{number_format}; say so: --precision fp32, or --engine-precision fp32"
        )
