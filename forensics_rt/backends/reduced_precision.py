"""May these networks run in less than float32 here? The export's gate says so, or their goldens."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from forensics_rt.bundle.goldens import check_goldens
from forensics_rt.bundle.opening import Bundle
from forensics_rt.errors import OutputError
from forensics_rt.io.writers import write_atomically

_log = logging.getLogger(__name__)
Infer: TypeAlias = Callable[[int, npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


def may_run(
    bundle: Bundle,
    engine: str,
    infer: Infer,
    keep_in: Path | None,
    versions: str,
    exact: Infer | None = None,
) -> bool:
    """Decide whether a bundle may run in a number format that rounds more than float32.

    What the parity gate of the export measured, it has answered: yes or no. A bundle is often built
    on a machine that lacks the format, though. What the gate has not judged, one golden of each
    network judges here, once: the verdict is kept on disk. Where it cannot be, a warning says so,
    and the goldens are asked each time. Without a golden there is no verdict.

    Args:
        bundle: What is to run.
        engine: Engine and format as the parity rows name them, such as `openvino bf16`.
        infer: As `Backend.infer`, in that format.
        keep_in: Folder for the verdict; `None` for nowhere.
        versions: Of what computes; with others the goldens are asked again.
        exact: As `infer`, in float32; for float16, whose range ends at 65,504. A tile of the
            greatest contrast is then asked besides, as goldens do not go that far.
    """
    networks = bundle.manifest.networks
    rows = [row for row in bundle.manifest.parity if row.engine == engine]
    if failed := [row for row in rows if not row.passed]:
        worst = max(failed, key=lambda row: row.flipped_share)
        _warn(
            bundle,
            f"{engine} did not answer as PyTorch did when {bundle.manifest.name} was built "
            f"({worst.member} at tile {worst.tile}: {100 * worst.flipped_share:.2f} % of the "
            f"pixels flipped, largest difference {worst.max_difference:.2g})",
        )
        return False
    judged = {network.name for network in networks} <= {row.member for row in rows}
    if judged and exact is None:
        return True
    if not judged and (missing := [network.name for network in networks if not network.goldens]):
        _warn(
            bundle,
            f"{engine} was never compared with PyTorch for {', '.join(missing)}, and the bundle "
            "has no golden to compare with",
            "; build the bundle again on this machine",
        )
        return False
    what = f"{bundle.id} {engine} {versions}" + ("" if exact is None else " range")
    asked = hashlib.sha256(what.encode()).hexdigest()[:16]
    kept = None if keep_in is None else keep_in / f"{asked}.verdict"
    if kept is not None and (passed := _read(kept)) is not None:
        if not passed:
            _warn(bundle, f"{engine} did not answer as PyTorch did when it was last asked ({kept})")
        return passed
    verdict = judged or _ask_goldens(bundle, engine, infer)
    verdict = verdict and (exact is None or _stays_in_range(bundle, engine, infer, exact))
    if kept is not None:
        try:
            write_atomically(kept, b"passed" if verdict else b"failed")
        except OutputError as error:
            again = "Every start runs the goldens again"
            _log.warning("%s. %s; name a folder in FORENSICS_RT_CACHE", error, again)
    return verdict


def _warn(bundle: Bundle, reason: str, advice: str = "") -> None:
    name = bundle.manifest.name
    _log.warning("%s, so %s runs in float32, more slowly%s", reason, name, advice)


def _read(place: Path) -> bool | None:
    # Whoever else may write there can have the maps rounded, and no more than that.
    try:
        return {b"passed": True, b"failed": False}.get(place.read_bytes())
    except OSError:
        return None


def _stays_in_range(bundle: Bundle, engine: str, infer: Infer, exact: Infer) -> bool:
    """Tell whether numbers stay where the format holds them, on a tile of black and white."""
    side = min(bundle.manifest.tile_sizes)
    tile = np.random.default_rng(0).integers(0, 2, (1, side, side, 3), np.uint8) * np.uint8(255)
    most = bundle.manifest.limits.mean_difference
    for member, network in enumerate(bundle.manifest.networks):
        apart = float(np.abs(infer(member, tile) - exact(member, tile)).mean())
        if not apart <= most:  # NaN is a breach
            _warn(
                bundle,
                f"{engine} is {apart:.2g} from float32 in mean on a tile of extreme contrast, at "
                f"most {most:.2g}: numbers of {network.name} go beyond what the format holds",
            )
            return False
    return True


def _ask_goldens(bundle: Bundle, engine: str, infer: Infer) -> bool:
    _, _, arithmetic = engine.rpartition(" ")
    checks = check_goldens(bundle, infer, arithmetic, most=1)
    failed = [check for check in checks if not check.passed]
    if failed:
        worst = max(failed, key=lambda check: check.found.flipped_share)
        _warn(
            bundle,
            f"{engine} does not answer as PyTorch did ({worst.member} flips "
            f"{100 * worst.found.flipped_share:.2f} % of the pixels of its golden)",
        )
    return not failed
