"""What does the check of a bundle's signature cost of a start?

    python -m benchmarks.bundle_check --rounds 9 --json FILE

Signs a copy of a bundle and starts a detector in a new process, in turns without a policy and with
one that requires the signature. `check` is the part of the second that reads the key, loads package
`cryptography` and checks the signature, by the clock of that process; `start` lasts from the
beginning of the process to a detector that is ready.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console

from forensics_rt.bundle.manifest import MANIFEST_FILE
from forensics_rt.bundle.opening import bundle_folder
from forensics_rt.bundle.trust.keys import make_keys
from forensics_rt.bundle.trust.signature import sign_manifest

_CHILD = """
import time
import psutil
began = time.time() - psutil.Process().create_time()
start = time.perf_counter()
from pathlib import Path
from forensics_rt.detector import Detector
folder, key = Path({folder!r}), {key!r}
checked = trust = None
if key:
    from forensics_rt.bundle.trust.keys import read_keys
    from forensics_rt.bundle.trust.policy import TrustPolicy
    from forensics_rt.bundle.trust.signature import signer_of
    raw = (folder / "manifest.json").read_bytes()
    before = time.perf_counter()
    trust = TrustPolicy(require_signature=True, keys=read_keys([key]))
    assert signer_of(raw, folder, trust.keys)
    checked = time.perf_counter() - before
with Detector(folder, trust=trust):
    print(began + time.perf_counter() - start - (checked or 0), checked or 0)
"""


@dataclass(frozen=True)
class BundleCheck:
    """Medians in seconds.

    Attributes:
        plain: A start without a policy.
        required: A start that requires the signature.
        check: The first check in a process, with the import of what it needs.
    """

    plain: float
    required: float
    check: float

    @property
    def share(self) -> float:
        """The check's part of a start that requires the signature."""
        return self.check / (self.plain + self.check)


def measure(bundle: str, rounds: int) -> BundleCheck:
    """Time starts in new processes, in turns.

    Args:
        bundle: A folder, or a name of one in the package.
        rounds: How many starts of each kind, after one that fills caches.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy, key = Path(folder) / "bundle", Path(folder) / "key"
        shutil.copytree(bundle_folder(bundle), copy)
        make_keys(key)
        sign_manifest(copy, (copy / MANIFEST_FILE).read_bytes(), Path(f"{key}.key"))
        _start(copy, "")
        runs = [(_start(copy, ""), _start(copy, f"{key}.pub")) for _ in range(rounds)]
    return BundleCheck(
        median(plain for (plain, _), _ in runs),
        # The check is made twice there: the first is timed alone and taken off.
        median(start + check for _, (start, check) in runs),
        median(check for _, (_, check) in runs),
    )


def _start(folder: Path, key: str) -> tuple[float, float]:
    code = _CHILD.format(folder=str(folder), key=key)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    start, check = map(float, done.stdout.split())
    return start, check


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", default="default")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure(options.bundle, options.rounds)
    Console().print(
        f"start {found.plain * 1e3:.0f} ms, with the signature required {found.required * 1e3:.0f} "
        f"ms; the check {found.check * 1e3:.1f} ms, {found.share:.1%} of the start"
    )
    if options.json is not None:
        options.json.write_text(json.dumps(asdict(found) | {"share": found.share}, indent=2) + "\n")


if __name__ == "__main__":
    main()
