"""Writing a bundle's folder whole or not at all, and the copy of one with another manifest."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from forensics_rt.bundle.manifest import MANIFEST_FILE, Manifest
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.trust.environment import policy_of
from forensics_rt.bundle.trust.policy import TrustPolicy
from forensics_rt.calibration.record import CalibrationRecord
from forensics_rt.errors import CalibrationError, OutputError
from forensics_rt.recipe import Recipe


def refuse_taken(out: Path) -> None:
    """Refuse a place for a bundle where something is already.

    Raises:
        OutputError: If it exists, unless it is an empty folder.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise OutputError(f"{out}: exists already; name a folder that does not exist")


def copy_with_calibration(bundle: Bundle, record: CalibrationRecord, out: Path) -> Bundle:
    """Copy a bundle and give it a calibration; see `copy_with_manifest`.

    Raises:
        CalibrationError: If the calibration was fitted with other networks.
        OutputError: If `out` exists or cannot be written.
        BundleAltered: If a file changed since the bundle was opened.
    """
    if record.fitted_on.networks != bundle.manifest.networks_id:
        raise CalibrationError(
            f"the calibration was fitted with bundle {record.fitted_on.bundle}, whose networks are "
            f"not those of {bundle.path} (id {bundle.id}); calibrate this one"
        )
    return copy_with_manifest(
        bundle, bundle.manifest.model_copy(update={"calibration": record}), out
    )


def copy_with_recipe(bundle: Bundle, recipe: Recipe, out: Path) -> Bundle:
    """Copy a bundle and give it a recipe under its name; see `copy_with_manifest`.

    Raises:
        OutputError: If `out` exists or cannot be written.
        BundleAltered: If a file changed since the bundle was opened.
    """
    recipes = {**bundle.manifest.recipes, recipe.name: recipe}
    return copy_with_manifest(bundle, bundle.manifest.model_copy(update={"recipes": recipes}), out)


def copy_with_manifest(bundle: Bundle, manifest: Manifest, out: Path) -> Bundle:
    """Copy the files that a manifest vouches for, and write it.

    The copy appears whole or not at all, has an id of its own, is opened, every hash checked, and
    is not signed. That of an encrypted bundle is encrypted with the same key.

    Raises:
        OutputError: If `out` exists or cannot be written.
        BundleAltered: If a file changed since the bundle was opened.
    """
    refuse_taken(out)
    try:
        with staged(out) as folder:
            copy_files(bundle, manifest, folder)
            write_manifest(folder, manifest, unsigned(bundle.trust))
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from error
    return Bundle.open(out, trust=unsigned(bundle.trust))


def unsigned(trust: TrustPolicy) -> TrustPolicy:
    """Return the policy for what was just written, which nobody can have signed."""
    return replace(trust, require_signature=False)


def copy_files(bundle: Bundle, manifest: Manifest, folder: Path) -> None:
    """Copy those files of a bundle that a manifest vouches for."""
    for record in manifest.files():
        place = folder / record.path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundle.file(record), place)


def write_manifest(folder: Path, manifest: Manifest, trust: TrustPolicy | None = None) -> None:
    """Write the manifest, and open the bundle as a runtime would.

    Args:
        folder: Of the bundle.
        manifest: Of its files.
        trust: What it must prove; `None` for what the environment says, but for a signature.
    """
    (folder / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
    Bundle.open(folder, trust=unsigned(policy_of()) if trust is None else trust)


@contextlib.contextmanager
def staged(out: Path, replace: bool = False) -> Iterator[Path]:
    """Give a folder beside `out` to write into, which takes its place at the end.

    When the body raises, the folder is removed, with the parents that were made for it.

    Args:
        out: The place.
        replace: Whether what is there then makes room; else only an empty folder does.

    Example:
        >>> with staged(Path("bundle")) as folder:  # doctest: +SKIP
        ...     (folder / "manifest.json").write_text("{}")
    """
    made = [parent for parent in out.absolute().parents if not parent.exists()]
    staging = out.absolute().parent / f".{out.name}.partial-{os.getpid()}"
    try:
        staging.mkdir(parents=True)
        yield staging
        _take_the_place(staging, out, replace)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        for parent in made:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


def _take_the_place(staging: Path, out: Path, replace: bool) -> None:
    if not replace or not out.exists():
        staging.rename(out)
        return
    replaced = staging.with_name(f"{staging.name}-replaced")
    out.rename(replaced)
    try:
        staging.rename(out)
    except OSError:
        replaced.rename(out)
        raise
    shutil.rmtree(replaced)
