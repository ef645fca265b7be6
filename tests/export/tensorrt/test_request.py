"""What a request for engines refuses before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from export.build_engines import main
from export.errors import ExportError
from export.tensorrt.request import EngineRequest, capability


def test_capabilities_are_brought_into_one_form_and_order() -> None:
    request = EngineRequest("tensorrt-rtx", compute_capabilities=("sm_120", "8.6", "SM80", "86"))
    assert request.compute_capabilities == ("8.0", "8.6", "12.0")


def test_what_is_no_capability_is_refused() -> None:
    with pytest.raises(ExportError, match=r"takes such as sm_86 or 8\.6, got 'ampere'"):
        capability("ampere")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kind": "trt"}, "--engine must be one of tensorrt, tensorrt-rtx, got 'trt'"),
        ({"precision": "fp8"}, "must be one of fp32, fp16, bf16, int8, got 'fp8'"),
        ({"precision": "int8"}, "int8 and --calibration-images go together"),
        ({"calibration": Path("x")}, "int8 and --calibration-images go together"),
        ({"keep_fp32": ("Softmax",)}, "takes op:TYPE or name:GLOB, such as .* got 'Softmax'"),
        ({"optimization_level": 6}, "must be 0 to 5, got 6"),
        ({"workspace_mib": 0}, "at least 1 MiB, got 0"),
        ({"timeout": 0.0}, "above 0 seconds, got 0.0"),
        ({"compute_capabilities": ("sm_86",)}, "is for --engine tensorrt-rtx"),
        ({"kind": "tensorrt-rtx", "hardware_compatible": True}, "is for --engine tensorrt;"),
        ({"kind": "tensorrt-rtx", "optimization_level": 3}, "changes nothing in tensorrt-rtx"),
    ],
)
def test_refuses(values: dict[str, Any], expected: str) -> None:
    with pytest.raises(ExportError, match=expected):
        EngineRequest(**{"kind": "tensorrt", **values})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--bundle", "b", "--out", "o"],
         "takes one of --engine, --precision fp16, --precision int8 and --rebuild"),
        (["--bundle", "b", "--out", "o", "--engine", "tensorrt", "--precision", "fp16"],
         "takes one of --engine, --precision fp16, --precision int8 and --rebuild"),
        (["--bundle", "b", "--out", "o", "--precision", "fp16", "--tiles", "512"],
         "--tiles goes with --engine"),
        (["--bundle", "b", "--out", "o", "--precision", "fp16", "--workspace", "9"],
         "--workspace goes with --engine"),
        (["--bundle", "b", "--precision", "fp16"], "required: --out"),
        (["--bundle", "b", "--precision", "int8", "--out", "o"], "int8 needs --calibration-images"),
        (["--bundle", "b", "--precision", "fp16", "--calibration-images", "d", "--out", "o"],
         "--calibration-images goes with --engine"),
        (["--checkpoint", "c", "--precision", "int8", "--out", "o"], "int8 goes with --bundle"),
        (["--bundle", "b", "--checkpoint", "c", "--out", "o"], "not allowed with argument"),
        (["--bundle", "b", "--engine", "tensorrt", "--out", "o", "--arch", "senet154"],
         "--arch goes with --checkpoint, not --bundle"),
        (["--checkpoint", "c", "--out", "o", "--compute-capability", "sm_86"],
         "--compute-capability goes with --engine"),
        (["--checkpoint", "c", "--out", "o", "--calibration-images", "d"],
         "--calibration-images goes with"),
        (["--bundle", "b", "--rebuild-on-mismatch", "--out", "o"], "takes no --out"),
        (["--checkpoint", "c", "--rebuild-on-mismatch"], "goes with --bundle"),
        (["--bundle", "b", "--engine", "tensorrt"], "required: --out"),
    ],
)  # fmt: skip
def test_options_that_say_nothing_to_each_other_are_a_wrong_command_line(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert expected in capsys.readouterr().err
