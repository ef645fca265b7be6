"""The bundle inside the package: sound, small, and right about the sample pages."""

from pathlib import Path

import pytest

from forensics_rt import Bundle, Detector
from forensics_rt.backends.registry import open_backend
from forensics_rt.parity import difference

SAMPLES = Path(__file__).parents[1] / "docs" / "samples"


def test_it_is_small_and_says_what_it_is():
    manifest = Bundle.open().manifest

    assert manifest.licence == "Apache-2.0" and manifest.model_card is not None
    assert sum(member.parameters for member in manifest.members) <= 8_000_000
    assert sum(member.graph.bytes for member in manifest.members) <= 16_000_000


@pytest.mark.parametrize("name", ["openvino", "onnxruntime", "torch"])
def test_every_backend_answers_its_goldens(name):
    bundle = Bundle.open()
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
        ("letter.jpg", (669, 487, 123, 33)),
        ("licence.jpg", (363, 1065, 138, 38)),
        ("receipt.jpg", (589, 583, 44, 33)),
    ],
)
def test_it_points_at_an_edit_of_each_sample(name, edit):
    left, top, width, height = edit
    with Detector() as detector:
        detection = detector(SAMPLES / name)

    inside = detection.mask[top : top + height, left : left + width]
    assert inside.mean() > 0.4
    assert detection.forged_share < 0.02, "and at little else"


def test_little_of_the_untouched_page_is_reported():
    with Detector() as detector:
        assert detector(SAMPLES / "untouched.jpg").forged_share < 0.01
