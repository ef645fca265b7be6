"""One turn of one target, in a process of its own that may die."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.fuzz.target import Target

HANG_SECONDS = 900
"""By the clock: far more than any input takes on a machine that does much other work, too."""
_MOST_MB = 2500
_LONGEST = 16_384
_COVERAGE = re.compile(rb"cov: (\d+)")
_EXECUTIONS = re.compile(rb"stat::number_of_executed_units: (\d+)|^#(\d+)\s", re.MULTILINE)
_ENDS = {70: "hang", 71: "memory", 77: "died", 0: None}


def run_turn(target: Target, folder: Path, seconds: float) -> dict[str, Any]:
    """Fuzz a target for a time; where its process dies, another one goes on.

    Args:
        target: It.
        folder: Where its inputs and findings are kept between turns.
        seconds: How long.

    Returns:
        Date, target, processor seconds, executions, edges of Python covered, and findings.
    """
    corpus, known = folder / "corpus", len(_found(folder))
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = folder / "words"
    # The comment is for targets without words: libFuzzer refuses an empty file.
    lines = ["# Words of such inputs.", *(f'"{_escaped(word)}"' for word in target.words)]
    words.write_text("\n".join(lines) + "\n")
    ends, used, executions, coverage, deaths = time.monotonic() + seconds, 0.0, 0, 0, []
    while (left := ends - time.monotonic()) > 1:
        code, cpu, said = _run(target.name, folder, left)
        used += cpu
        executions += max((int(a or b) for a, b in _EXECUTIONS.findall(said)), default=0)
        coverage = max([coverage, *map(int, _COVERAGE.findall(said))])
        end = _ENDS.get(code, f"ended with {code}")
        if end is None:
            break
        (folder / f"last-{end.replace(' ', '-')}.log").write_bytes(said[-20_000:])
        deaths.append(end)
        if len(deaths) >= 10:
            break
    return {
        "date": time.strftime("%Y-%m-%d"),
        "target": target.name,
        "cpu_s": round(used, 1),
        "executions": executions,
        "coverage": coverage,
        "findings": [*_found(folder)[known:], *deaths],
    }


def _run(name: str, folder: Path, seconds: float) -> tuple[int, float, bytes]:
    """Run one process; return its exit code, its processor seconds, and what it printed."""
    options = (
        *(f"-max_total_time={int(seconds)}", f"-timeout={HANG_SECONDS}", "-print_final_stats=1"),
        *(f"-rss_limit_mb={_MOST_MB}", f"-max_len={_LONGEST}", f"-dict={folder / 'words'}"),
        *(f"-artifact_prefix={folder}/", str(folder / "corpus")),
    )
    command = [sys.executable, "-m", "tests.fuzz.worker", name, str(folder), *options]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime, log.read_bytes()


def _found(folder: Path) -> list[str]:
    file = folder / "findings" / "findings.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return list(dict.fromkeys(json.loads(line)["kind"] for line in lines))


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)
