"""scikit-learn, which fits calibrations; applying one needs numpy alone."""

from __future__ import annotations

from typing import Any

from forensics_rt.io.optional import load_optional


def load_fitter(module: str) -> Any:
    """Import a module of scikit-learn.

    Args:
        module: Its name, such as `linear_model`.

    Raises:
        OptionalDependency: If scikit-learn is not installed.

    Example:
        >>> load_fitter("isotonic").__name__
        'sklearn.isotonic'
    """
    return load_optional(f"sklearn.{module}", "calibrate", "fitting a calibration")
