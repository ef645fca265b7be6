"""The process that builds an engine may die of anything; the parent lives, and says what it was."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from export.errors import ExportError
from export.tensorrt.order import EngineAnswer, EngineOrder
from export.tensorrt.spawn import CHILD, build_in_child


@pytest.fixture
def order(tmp_path: Path) -> EngineOrder:
    return EngineOrder(
        kind="tensorrt-rtx",
        graph=str(tmp_path / "graph.onnx"),
        plan=str(tmp_path / "engine.plan"),
        answer=str(tmp_path / "answer.json"),
        tile=384,
        batch=(1, 4, 16),
        capabilities=("8.6",),
    )


def run(order: EngineOrder, folder: Path, program: str, timeout: float = 60.0) -> EngineAnswer:
    return build_in_child(order, folder, timeout, (sys.executable, "-c", program))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        ("SIGSEGV", "was ended by SIGSEGV and left no engine:\n  parsing"),
        ("SIGKILL", r"was killed \(SIGKILL\), as systems do when memory runs out"),
        ("SIGABRT", "was ended by SIGABRT"),
    ],
)
def test_a_crash_is_an_error_with_the_signal_and_the_end_of_the_log(
    order: EngineOrder, tmp_path: Path, signal: str, expected: str
) -> None:
    program = (
        f"import os, signal; print('parsing', flush=True); os.kill(os.getpid(), signal.{signal})"
    )
    with pytest.raises(ExportError, match=expected):
        run(order, tmp_path, program)


def test_a_child_that_hangs_is_ended(order: EngineOrder, tmp_path: Path) -> None:
    program = "import time; print('timing kernels', flush=True); time.sleep(60)"
    with pytest.raises(ExportError, match=r"longer than 2 s and was ended; .*\n  timing kernels"):
        run(order, tmp_path, program, timeout=2.0)


def test_a_child_that_leaves_without_a_word_is_an_error(order: EngineOrder, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"for tile 384: .* ended with code 3 and left no engine"):
        run(order, tmp_path, "raise SystemExit(3)")


def test_a_refusal_is_told_in_the_childs_words(order: EngineOrder, tmp_path: Path) -> None:
    text = json.dumps(dataclasses.asdict(EngineAnswer(error="the graph is no graph")))
    program = f"import pathlib; pathlib.Path({order.answer!r}).write_text({text!r}); exit(1)"
    with pytest.raises(ExportError, match="engine for tile 384: the graph is no graph"):
        run(order, tmp_path, program)


def test_an_order_is_the_same_when_read_again(order: EngineOrder, tmp_path: Path) -> None:
    order.write(tmp_path / "order.json")
    assert EngineOrder.read(tmp_path / "order.json") == order


def test_the_peak_is_the_childs_own_not_what_its_parent_held(
    order: EngineOrder, tmp_path: Path
) -> None:
    held = bytearray(400 << 20)
    held[::4096] = b"x" * len(held[::4096])
    order.write(tmp_path / "order.json")
    subprocess.run([*CHILD, str(tmp_path / "order.json")], check=False)
    peak = EngineAnswer.read(Path(order.answer)).peak_bytes
    assert peak is None or peak < len(held)
