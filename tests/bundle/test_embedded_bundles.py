"""The bundles inside the package: sound, small, and right about the sample pages."""

from pathlib import Path

import numpy as np
import pytest

from forensics_rt import Bundle, Detector
from forensics_rt.backends.registry import open_backend
from forensics_rt.bundle.parity import difference

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


@pytest.mark.parametrize(("name", "most_bytes"), [("default", 32_000_000), ("fast", 6_000_000)])
def test_it_is_small_and_says_what_it_is(name, most_bytes):
    manifest = Bundle.open(name).manifest

    assert manifest.license == "Apache-2.0" and manifest.model_card is not None
    assert manifest.calibration is not None
    assert sum(member.graph.bytes for member in manifest.networks) <= most_bytes


def test_without_a_name_it_is_the_default_one():
    assert Bundle.open().id == Bundle.open("default").id


def test_fast_does_less_than_half_of_the_work():
    default, fast = (Bundle.open(name).manifest.members for name in ("default", "fast"))

    assert 2 * fast[0].parameters < default[0].parameters


@pytest.mark.parametrize("name", ["default", "fast"])
def test_its_answers_do_not_tell_how_large_the_tile_was(name):
    bundle = Bundle.open(name)
    assert bundle.manifest.tile_sides == (384, 512, 640, 832)
    strip = np.random.default_rng(0).integers(0, 256, (1, 64, 1024, 3), np.uint8)
    with open_backend(bundle, "openvino", precision="float32") as backend:
        near = backend.infer(0, strip[:, :, :640])[..., :256]
        far = backend.infer(0, strip)[..., :256]
    assert np.abs(near - far).max() < 1e-5


@pytest.mark.parametrize("bundle", ["default", "fast"])
@pytest.mark.parametrize("name", ["openvino", "onnxruntime", "torch"])
def test_every_backend_answers_its_goldens(name, bundle):
    bundle = Bundle.open(bundle)
    (record,) = [golden for golden in bundle.manifest.members[0].goldens if golden.tile == 512]
    image, expected = bundle.golden(record)
    with open_backend(bundle, name) as backend:
        found = difference(expected, backend.infer(0, image[None])[0], 0.7)

    assert found.flipped_share <= 0.005 and found.iou_loss <= 0.1


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("certificate.jpg", (532, 393, 31, 31)),
        ("invoice.jpg", (615, 589, 38, 23)),
        ("license.jpg", (363, 1065, 138, 38)),
        ("receipt.jpg", (589, 583, 44, 33)),
    ],
)
def test_it_points_at_an_edit_of_each_sample_but_the_letter(name, edit):
    left, top, width, height = edit
    with Detector() as detector:
        detection = detector(SAMPLES / name)

    inside = detection.mask[top : top + height, left : left + width]
    assert inside.mean() > 0.4
    assert detection.forged_share < 0.02, "and at little else"


def test_little_of_the_untouched_page_is_reported():
    with Detector() as detector:
        assert detector(SAMPLES / "authentic.jpg").forged_share < 0.01
