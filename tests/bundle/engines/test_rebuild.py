"""The command that an error prints is one that the builder takes, and asks for the same engine."""

from __future__ import annotations

import shlex
from pathlib import Path

from export.command_line.engine_options import engine_request
from export.command_line.options import parse
from forensics_rt.bundle.engines.rebuild import rebuild_command
from tests.bundle.engines.records import engine_record, rtx_record


def test_the_builder_takes_the_command_and_asks_for_the_same() -> None:
    record = engine_record(
        keep_fp32=("op:Resize", "name:/head/*"),
        hardware_compatible=True,
        version_compatible=True,
        workspace_mib=2048,
        optimization_level=5,
        precision="bf16",
    )
    words = shlex.split(rebuild_command(record, Path("a bundle")))
    assert words[:3] == ["python", "-m", "export.build_engines"]
    values = parse(words[3:])
    assert (values.bundle, values.out, values.force) == (Path("a bundle"), Path("a bundle"), True)
    assert values.batch == [1, 4, 16]
    request = engine_request(values)
    assert request is not None
    for name in ("kind", "precision", "keep_fp32", "hardware_compatible", "version_compatible",
                 "workspace_mib", "optimization_level"):  # fmt: skip
        assert getattr(request, name) == getattr(record, name), name


def test_int8_asks_for_the_images_that_only_the_user_has() -> None:
    command = rebuild_command(rtx_record(precision="int8", calibration_sha256="b" * 64), Path("b"))
    assert "--calibration FOLDER_OF_CALIBRATION_IMAGES" in command
