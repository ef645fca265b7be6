"""The whole pipeline serves networks that read the coefficients of JPEG: it is given the file."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from export.errors import ExportError
from export.triton.repository import write_repository
from export.triton.request import RepositoryRequest
from forensics_rt import Bundle, Detector
from forensics_rt.triton import pipeline
from forensics_rt.triton.deployment import Deployment
from forensics_rt.triton.names import FILE, OPTIONS, PROBABILITY, RESULT
from tests.coefficient_bundles import coefficient_bundle
from tests.jpegs import jpeg, picture

pytest.importorskip("jpeglib", reason="pip install 'forensics_rt[jpeg]'")
PAGE = jpeg(picture(101, 150), quality=60)


class Tensor:
    """A tensor as the server hands it to a model."""

    def __init__(self, name: str, data: bytes) -> None:
        self._name, self._array = name, np.frombuffer(bytearray(data), np.uint8)

    def name(self) -> str:
        return self._name

    def as_numpy(self) -> np.ndarray:
        return self._array

    def __dlpack__(self, **asked: object) -> object:
        return self._array.__dlpack__(**asked)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()


@pytest.fixture
def reading(tmp_path) -> Bundle:
    return coefficient_bundle(tmp_path / "reading")


def test_the_repository_has_the_whole_pipeline_and_says_why_no_more(reading, tmp_path):
    out = write_repository(RepositoryRequest(reading, tmp_path / "models"))
    assert {path.name for path in out.iterdir()} == {"README.md", "forensics_rt"}
    text = (out / "README.md").read_text(encoding="utf-8")
    assert "forensics_rt[jpeg]" in text and "bls" not in text and "$member" not in text


def test_members_on_a_backend_of_the_server_are_refused(reading, tmp_path):
    with pytest.raises(ExportError, match="models of members take pixels alone"):
        RepositoryRequest(reading, tmp_path / "models", member_backend="onnxruntime")


def test_it_answers_as_a_detector_does_to_the_bit(reading, tmp_path, monkeypatch):
    out = write_repository(RepositoryRequest(reading, tmp_path / "models", warm_up=False))
    monkeypatch.setattr(pipeline, "tensor_of", lambda _, name, array: (name, array))
    model = pipeline.PipelineModel()
    model.backend = SimpleNamespace(InferenceResponse=dict)
    parameters = {"backend": "onnxruntime", "threads": "1", "precision": "float32"}
    model.deployment = Deployment("forensics_rt", out / "forensics_rt", "cpu", 1, parameters)
    model.open()
    request = SimpleNamespace(
        inputs=lambda: [Tensor(FILE, PAGE), Tensor(OPTIONS, b'{"float_map": true}')],
        requested_output_names=lambda: [RESULT, PROBABILITY],
    )
    (answer,) = model.execute([request])
    model.finalize()
    with Detector(reading, "onnxruntime", precision="float32") as detector:
        expected = detector(PAGE)
    assert np.array_equal(answer[PROBABILITY], expected.probability)
    said = json.loads(answer[RESULT].tobytes())
    assert said["provenance"]["conversions"] == []
