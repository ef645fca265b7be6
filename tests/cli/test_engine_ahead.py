import numpy as np
import pytest

from forensics_rt import Detector, Recipe
from forensics_rt.backends.openvino_graphs import CompiledGraphs
from forensics_rt.cli.engine_ahead import EngineAhead
from forensics_rt.errors import BundleAltered

PAGE = np.random.default_rng(0).integers(0, 256, (60, 50, 3), np.uint8)


@pytest.fixture
def ahead(bundle):
    with EngineAhead(bundle, Recipe("any"), "openvino", None, None, "float32") as opened:
        yield opened


@pytest.mark.parametrize("only", [False, True])
def test_the_first_image_finds_compiled_what_it_needs(bundle, ahead, monkeypatch, only):
    ahead.expect(PAGE, None, only)
    ahead._thread.shutdown()
    compiled = []
    within = CompiledGraphs._compile_within_limit

    def compile_within_limit(graphs, *how):
        compiled.append(how)
        return within(graphs, *how)

    monkeypatch.setattr(CompiledGraphs, "_compile_within_limit", compile_within_limit)

    with Detector(bundle, ahead.backend) as detector, Detector(bundle, "numpy") as other:
        (found,) = detector.stream([PAGE], images_ahead=1 if only else None)
        expected = other(PAGE)

    assert compiled == []
    np.testing.assert_allclose(found.probability, expected.probability, atol=1e-5)


def test_what_is_no_image_is_left_to_its_turn(bundle, ahead, tmp_path):
    ahead.expect(tmp_path / "missing.jpg", None)

    with Detector(bundle, ahead.backend) as detector:
        assert detector(PAGE).probability.shape == PAGE.shape[:2]


def test_what_goes_wrong_ahead_is_told_when_the_detector_is_made(bundle, ahead):
    ahead._thread.submit(len).exception()  # the graphs are read
    ahead.backend._graphs.close()
    (bundle.path / "fold1.onnx").write_bytes(b"other")
    ahead.expect(PAGE, None)

    with pytest.raises(BundleAltered, match=r"fold1\.onnx has 5 bytes"):
        Detector(bundle, ahead.backend)
