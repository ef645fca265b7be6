"""What the export makes of networks that read coefficients; a whole build is in the how-to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import save_file

from export.build_engines import main
from export.coefficients import probe_coefficients
from export.errors import ExportError
from export.number_formats.typed import typed_model
from export.pack import write_golden
from export.parity.probes import probe_tiles
from forensics_rt import Bundle
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle.goldens import check_goldens
from forensics_rt.errors import BundleAltered
from forensics_rt.io.coefficients import Coefficients
from tests.coefficient_bundles import LIMIT, coefficient_bundle, expected_answer
from train.networks import build_network

pytest.importorskip("jpeglib", reason="pip install 'forensics_rt[jpeg]'")


def checkpoint(folder: Path, architecture: str) -> str:
    sizes = {"widths": [8, 8, 8, 8], "dilations": [1]}
    path = folder / f"{architecture}.safetensors"
    told = {"architecture": architecture, "config": json.dumps(sizes)}
    save_file(build_network(architecture, sizes).state_dict(), path, metadata=told)
    return str(path)


def with_golden(bundle: Bundle, coefficients: bool = True) -> Bundle:
    """Add a golden, with coefficients or without."""
    pixels = probe_tiles(64)[:1]
    beside = probe_coefficients(pixels, LIMIT)
    read = Coefficients(beside.dct[0].astype(np.int16), beside.quantization[0].astype(np.uint16))
    answer = expected_answer(pixels[0], read).astype(np.float32)
    golden = write_golden(bundle.path, "fold1", pixels[0], answer, beside if coefficients else None)
    (network,) = bundle.manifest.networks
    changed = network.model_copy(update={"goldens": (golden,)})
    return replace(bundle, manifest=bundle.manifest.with_networks([changed]))


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_a_golden_keeps_the_coefficients_that_it_was_answered_with(
    tmp_path: Path, backend: str
) -> None:
    bundle = with_golden(coefficient_bundle(tmp_path))
    with open_backend(bundle, backend) as opened:
        (check,) = check_goldens(bundle, opened.infer, opened.capabilities.precision)
    assert check.passed, check.breaches


def test_a_golden_without_them_is_none_of_such_a_bundle(tmp_path: Path) -> None:
    bundle = with_golden(coefficient_bundle(tmp_path), coefficients=False)
    (record,) = bundle.manifest.networks[0].goldens
    with pytest.raises(BundleAltered, match="holds no coefficients"):
        bundle.golden_coefficients(record)


def test_probes_have_the_coefficients_of_a_page_as_it_is_sent_around() -> None:
    found = probe_coefficients(probe_tiles(64), LIMIT)
    assert found.dct.shape == (2, 64, 64) and np.abs(found.dct).max() == LIMIT
    assert 0.3 < (found.dct == 0).mean() < 0.98
    assert found.quantization.min() > 1
    assert probe_coefficients(probe_tiles(64), None) is None


def test_members_that_read_different_things_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [checkpoint(tmp_path, name) for name in ("forensic_unet", "forensic_unet_dct")]
    given = [word for file in files for word in ("--checkpoint", file)]
    assert main([*given, "--tiles", "64", "--out", str(tmp_path / "out")]) != 0
    said = " ".join(capsys.readouterr().err.split())
    assert "member-1 reads pixels alone, member-2 reads coefficients within ±20" in said


def test_other_formats_than_float32_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = checkpoint(tmp_path, "forensic_unet_dct")
    out = tmp_path / "out"
    asked = ["--checkpoint", file, "--tiles", "64", "--precision", "fp16", "--out", str(out)]
    assert main(asked) != 0
    assert "in float32 alone, not in fp16" in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
    bundle = coefficient_bundle(tmp_path / "reading")
    with pytest.raises(ExportError, match="not in bf16"):
        typed_model(bundle, bundle.manifest.members[0], "bf16")
