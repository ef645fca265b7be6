"""Options that mean something only with `--ray`, or only without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import typer

MapsChoice = Literal["all", "forged", "none"]
# With `--ray` nothing reads them; each with its default.
_WITHOUT_RAY = {
    "pages": None,
    "attachments": False,
    "annotate_pdf": False,
    "overlay": True,
    "report": None,
    "report_date": None,
    "decoders": None,
    "writers": None,
    "key": None,
    "isolate": False,
    "robust": False,
}


def refuse_without_ray(out: str, workers: int | None, maps: MapsChoice) -> None:
    """Refuse what only a run on Ray can do.

    Raises:
        typer.BadParameter: If one of these is asked for.
    """
    asked = {"--out": "://" in out, "--workers": workers is not None, "--maps": maps != "all"}
    for name, is_asked in asked.items():
        if is_asked:
            what = f"cannot be {out}" if name == "--out" else "has no effect"
            raise typer.BadParameter(f"{what} without --ray ADDRESS", param_hint=name)


def refuse_with_ray(given: Mapping[str, Any]) -> None:
    """Refuse what a run on Ray cannot do.

    Args:
        given: All options of `detect`, by the names of its parameters.

    Raises:
        typer.BadParameter: If one of them is asked for.
    """
    for name, default in _WITHOUT_RAY.items():
        if given[name] != default:
            flag = "--no-overlay" if name == "overlay" else f"--{name.replace('_', '-')}"
            raise typer.BadParameter("cannot be used with --ray; leave it out", param_hint=flag)
