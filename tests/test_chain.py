"""How many files and classes one image goes through: a reader who follows it must know each.

What counts is the code of `forensics_rt` that runs for one call of an open detector, on the host
and on a played GPU. `pytest tests/test_chain.py -s` prints it.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType

import cv2
import numpy as np
import pytest

import forensics_rt
from forensics_rt import Detector
from tests.backends.played_tensorrt import engine_bundle, open_played
from tests.cuda.test_device_path import TILES

ROOT = Path(forensics_rt.__file__).parent
MOST_FILES, MOST_CLASSES = 35, 28


def code_run_by(call: Callable[[], object]) -> set[CodeType]:
    """Return the functions of the package that run during a call, on any thread."""
    run: set[CodeType] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)):
            run.add(frame.f_code)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return run


def files_and_classes(run: set[CodeType]) -> tuple[dict[str, set[str]], int]:
    """Return the classes that run by file, and how many there are."""
    chain: dict[str, set[str]] = {}
    for code in run:
        file = Path(code.co_filename).relative_to(ROOT).as_posix()
        # Before Python 3.11 a function does not know its class: then files alone are counted.
        owner, _, method = getattr(code, "co_qualname", "").partition(".")
        named = (
            {owner}
            if method and not method.startswith("<") and owner.strip("_")[:1].isupper()
            else set()
        )
        chain.setdefault(file, set()).update(named)
    return chain, sum(map(len, chain.values()))


@pytest.mark.parametrize("where", ["host", "device"])
def test_an_image_goes_through_few_files_and_classes(where, tmp_path):
    page = tmp_path / "page.jpg"
    cv2.imwrite(str(page), np.random.default_rng(0).integers(0, 256, (130, 90, 3), np.uint8))
    if where == "host":
        opened = Detector("fast", "openvino")
    else:
        bundle = engine_bundle(tmp_path / "bundle", tiles=TILES)
        opened = Detector(bundle, open_played(bundle)[0])
    with opened as detector:
        detector(page)  # compiles, and fills what is kept
        chain, classes = files_and_classes(code_run_by(lambda: detector(page)))

    for file, names in sorted(chain.items()):
        print(f"{where}: {file} {' '.join(sorted(names))}")
    print(f"{where}: {len(chain)} files, {classes} classes")
    assert {"detector.py", "image_task.py"} <= chain.keys()
    assert len(chain) <= MOST_FILES and classes <= MOST_CLASSES
