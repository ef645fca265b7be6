"""int8: ranges from a hashed set of tiles, and an engine only behind the parity gate."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import cv2
import onnx
import pytest
import torch

from benchmarks.networks.quick_graph import quick_graph
from export.errors import ExportError, ParityError
from export.number_formats.calibration import calibration_set
from export.parity.probes import synthetic_page
from export.tensorrt.add import add_engines
from export.tensorrt.request import EngineRequest
from export.tensorrt.typed import typed_graph
from forensics_rt.bundle.engines.probe import installed_tensorrt
from forensics_rt.bundle.limits import Limits
from forensics_rt.bundle.opening import Bundle
from forensics_rt.system.gpu_platform import GpuPlatform
from tests.bundles import write_bundle
from tests.export.conftest import SIZES, with_contrast
from tests.export.tensorrt.bundles import Log, quick_bundle
from train.networks import build_network

# Forgery traces lie in the finest details, so the layers at full resolution stay in float32.
FINE = (
    "name:/network/Conv",
    "name:*stem*",
    "name:*half*",
    "name:*energy*",
    "name:*quarter*",
    "name:*head*",
)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calibration")
    for number in range(3):
        page = synthetic_page(100, 100 + number)
        cv2.imwrite(str(folder / f"{number}.png"), page[..., ::-1])
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(3)
    network = with_contrast(build_network("forensic_unet", SIZES), forged_share=0.03)
    return quick_bundle(tmp_path_factory.mktemp("house") / "bundle", network, (64, 96))


def request(images: Path, keep: tuple[str, ...]) -> EngineRequest:
    return EngineRequest(
        "tensorrt-rtx",
        precision="int8",
        keep_fp32=keep,
        calibration=images,
        compute_capabilities=("8.6",),
    )


def test_the_hash_names_pixels_and_not_files(images: Path, tmp_path: Path) -> None:
    first = calibration_set(images, (64, 96))
    assert [tile.shape for tile in first.tiles] == [(1, 64, 64, 3), (1, 96, 96, 3)] * 3
    for path in sorted(images.iterdir()):
        (tmp_path / f"renamed-{path.name}").write_bytes(path.read_bytes())
    assert calibration_set(tmp_path, (96, 64)).sha256 == first.sha256
    assert calibration_set(tmp_path, (64,)).sha256 != first.sha256
    next(tmp_path.iterdir()).unlink()
    assert calibration_set(tmp_path, (64, 96)).sha256 != first.sha256


def test_images_that_are_too_small_are_refused(images: Path) -> None:
    with pytest.raises(ExportError, match="no image there is 128 pixels wide and high"):
        calibration_set(images, (128,))


def test_every_convolution_off_the_list_is_quantized(
    house: Bundle, images: Path, tmp_path: Path
) -> None:
    (member,) = house.manifest.members
    typed = typed_graph(
        house,
        member,
        request(images, FINE),
        calibration_set(images, (64, 96)),
        Limits(),
        tmp_path / "int8.onnx",
    )
    graph = onnx.load(typed.path).graph
    made_by = {name: node for node in graph.node for name in node.output}
    found = {
        node.name: made_by[node.input[0]].op_type == "DequantizeLinear"
        and made_by[node.input[1]].op_type == "DequantizeLinear"
        for node in graph.node
        if node.op_type == "Conv"
    }
    assert found == {name: kind == "int8" for name, kind in typed.asked.items()}
    assert Counter(found.values()) == {True: 8, False: 12}
    assert [row.record.tile for row in typed.rows] == [64, 96]


def test_beyond_the_tolerance_there_is_no_engine_and_the_error_says_by_how_much(
    house: Bundle, images: Path, tmp_path: Path
) -> None:
    with pytest.raises(ParityError) as caught:
        add_engines(
            house, tmp_path / "out", request(images, ()),
            GpuPlatform(tensorrt={"tensorrt-rtx": "1.7"}),
            Log(), limits=Limits(flipped_share=1e-5),
        )  # fmt: skip
    text = str(caught.value)
    assert "the int8 graph does not answer as PyTorch does, so nothing was written" in text
    assert "fold1, torch int8 graph, tile 64: flipped share 0.0" in text
    assert ", at most 1e-05" in text
    assert list(tmp_path.iterdir()) == []


def test_without_goldens_there_is_nothing_to_judge_by(images: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    bundle = write_bundle(
        tmp_path / "bundle", [quick_graph(build_network("forensic_unet", SIZES).eval())], (64,)
    )
    with pytest.raises(ExportError, match="only behind the parity gate, and the bundle holds no"):
        add_engines(
            bundle,
            tmp_path / "out",
            request(images, ()),
            GpuPlatform(tensorrt={"tensorrt-rtx": "1.7"}),
            Log(),
        )


def test_within_the_tolerance_it_is_published_with_its_hash(
    house: Bundle, images: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("tensorrt_rtx", reason="pip install 'forensics_rt[tensorrt-rtx]'")
    machine = GpuPlatform(tensorrt=installed_tensorrt())
    with caplog.at_level(logging.WARNING):
        out = add_engines(house, tmp_path / "out", request(images, FINE), machine, Log())
    manifest = Bundle.open(out).manifest
    for record in manifest.engines:
        assert record.calibration_sha256 == calibration_set(images, (64, 96)).sha256
        assert record.layer_types["int8"] >= 8
        assert record.weight_bytes["int8"] > 40_000
    rows = [row for row in manifest.parity if row.engine == "torch int8 graph"]
    assert [row.tile for row in rows] == [64, 96]
    assert all(0.0 < row.max_difference for row in rows)
    assert all(row.flipped_share <= 0.005 for row in rows)
