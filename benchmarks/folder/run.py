"""What `forensics-rt detect` runs, with a count of the tiles that the engine computed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from forensics_rt.backends.base import Backend
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle.opening import Bundle
from forensics_rt.cli.run import DetectRun, HowToRun
from forensics_rt.detector import Detector
from forensics_rt.io.sources import find_sources


class Counting(Backend):
    """Another backend, with a byte in a file for each tile that it computed.

    Args:
        inner: What computes; closed with this.
        file: Written at once, so that it is whole when the process is killed.
    """

    def __init__(self, inner: Backend, file: Path) -> None:
        """Open the file."""
        self.capabilities = inner.capabilities
        self.networks_id = inner.networks_id
        self._inner = inner
        self._file = file.open("ab", buffering=0)

    def _infer(self, member: int, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        answer = self._inner.infer(member, images)
        self._file.write(b"." * len(images))
        return answer

    def close(self) -> None:
        """Close both."""
        self._file.close()
        self._inner.close()


def tiles_in(file: Path) -> int:
    """Return how many tiles `Counting` counted."""
    return file.stat().st_size


def main() -> int:
    """Run over a folder, and return the exit code of the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--bundle")
    parser.add_argument("--overlay", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--tiles-to", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    bundle = Bundle.open(options.bundle)
    backend = Counting(open_backend(bundle, options.backend), options.tiles_to)
    with Detector(bundle, backend, options.recipe) as detector:
        run = DetectRun(detector, find_sources([options.scans], options.out), options.out)
        run.go(HowToRun(overlay=options.overlay, resume=options.resume))
    return run.exit_code()


if __name__ == "__main__":
    sys.exit(main())
