"""What a measuring process gets to begin with."""

from __future__ import annotations

from dataclasses import dataclass

from forensics_rt.bench.setting import Setting


@dataclass(frozen=True)
class Task:
    """One setting to be measured.

    Attributes:
        bundle: Folder of the bundle.
        setting: How to run it.
        images: Paths of the encoded images.
        names: What to call them.
        folder: Where results and maps go.
    """

    bundle: str
    setting: Setting
    images: tuple[str, ...]
    names: tuple[str, ...]
    folder: str
