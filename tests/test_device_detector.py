"""A detector whose backend has a device: the same detections as in numpy, one copy each way."""

import logging

import numpy as np
import pytest

from forensics_rt import Detector, Failure, Recipe
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.cuda.dlpack import CUDA
from forensics_rt.errors import (
    BackendUnavailable,
    EngineFailed,
    ImageTooLarge,
    ImageUnreadable,
    InvalidArray,
)
from forensics_rt.plan.finish import encode
from forensics_rt.plan.mask import forged_mask
from forensics_rt.recipe import D4, PRESETS
from tests.backends.played_tensorrt import at, engine_bundle, open_played
from tests.cuda.test_device_path import TILES, answer
from tests.cuda.test_interchange import PlayedInterface, PlayedTensor

RECIPES = [
    "fast",
    "balanced",
    Recipe("all", overlap=8, tta=D4),
    Recipe("two", overlap=16, window="gaussian", tta=("rotate90", "transverse")),
    Recipe("flat", overlap=0, window="flat", tile_sizes=(32,), high_threshold=0.6, threshold=0.4),
]
SIZES = [(20, 25), (64, 64), (90, 130), (1, 70), (150, 33)]


class InNumpy(Backend):
    """Gives on the host what the played engines give on the device."""

    capabilities = Capabilities("played", "cpu", "fp32", 3, {"played": "1"})

    def _infer(self, member, images):
        return answer(member, images)

    def close(self): ...


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return engine_bundle(tmp_path_factory.mktemp("device"), tiles=TILES)


def page(height, width, seed=0):
    rough = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return rough.astype(np.uint8)


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_device_and_numpy_agree(bundle, recipe):
    backend, _, _ = open_played(bundle)
    with Detector(bundle, backend, recipe) as device, Detector(bundle, InNumpy(), recipe) as host:
        for height, width in SIZES:
            image = page(height, width)
            one, two = device(image), host(image)
            assert np.abs(one.probability - two.probability).max() <= 1e-5
            assert np.array_equal(one.mask, two.mask)
            assert one.regions == two.regions
            assert one.raw_score == pytest.approx(two.raw_score, rel=1e-6)
            assert (one.uncertainty is None) == (two.uncertainty is None)
            if two.uncertainty is not None:
                assert np.abs(one.uncertainty - two.uncertainty).max() <= 1e-5
            assert one.provenance.tiles == two.provenance.tiles


def test_one_copy_up_and_one_down(bundle):
    backend, device, _ = open_played(bundle)
    with Detector(bundle, backend) as detector:
        detector(page(90, 130))
        device.log.clear()
        detection = detector(page(90, 130, seed=1))

    assert [name for _, name in device.log].count("copy") == 2
    assert set(detection.seconds) == {"decode", "plan", "device", "finish"}
    assert detection.provenance.device == "cuda" and detection.provenance.backend == "tensorrt"


def test_a_stream_gives_what_single_images_give_in_order(bundle):
    images = [page(40 + 9 * index, 130 - 8 * index, seed=index) for index in range(7)]
    backend, _, _ = open_played(bundle, seed=3)
    with Detector(bundle, backend) as detector:
        alone = [detector(image) for image in images]
        streamed = list(detector.stream(images))

    assert len(streamed) == len(alone)
    for one, two in zip(alone, streamed, strict=True):
        assert np.array_equal(one.probability, two.probability)
        assert np.array_equal(one.image, two.image)
        assert two.seconds["device"] > 0


def test_inputs_that_fail_leave_the_others_alone(bundle):
    good = [page(50, 60, seed=index) for index in range(4)]
    sources = [b"no image", good[0], b"", b"none", good[1], good[2], good[3], b"cut off"]
    backend, _, _ = open_played(bundle)
    with Detector(bundle, backend) as detector:
        results = list(detector.stream(sources, on_error="yield"))
        with pytest.raises(ImageUnreadable):
            list(detector.stream(sources))

    assert [isinstance(one, Failure) for one in results] == [
        isinstance(source, bytes) for source in sources
    ]
    found = [one for one in results if not isinstance(one, Failure)]
    for image, detection in zip(good, found, strict=True):
        assert np.array_equal(detection.image, image)


@pytest.mark.parametrize("bad", [[0], [2], [0, 1], [3], [1, 3]])
def test_an_image_on_which_the_engine_fails_is_the_one_that_is_blamed(bundle, bad):
    def moody(member, images):
        ill = images.min() == images.max() == 255
        return np.full(images.shape[:3], np.nan, "f4") if ill else answer(member, images)

    images = [page(60, 60, seed=index) for index in range(4)]
    for index in bad:
        images[index][:] = 255
    backend, _, _ = open_played(bundle, answer=moody)
    with Detector(bundle, backend, "fast") as detector:
        results = list(detector.stream(images, on_error="yield"))

    assert [isinstance(one, Failure) for one in results] == [index in bad for index in range(4)]
    for image, one in zip(images, results, strict=True):
        if isinstance(one, Failure):
            assert isinstance(one.error, EngineFailed) and "NaN" in str(one.error)
        else:
            assert np.array_equal(one.image, image)


def test_a_failure_of_the_source_itself_is_not_swallowed(bundle):
    def sources():
        yield page(40, 40)
        raise EngineFailed("the scanner is on fire")

    backend, _, _ = open_played(bundle)
    with Detector(bundle, backend) as detector, pytest.raises(EngineFailed, match="on fire"):
        list(detector.stream(sources(), on_error="yield"))


class Watched(list):
    """Sees whether a path comes back with images still under way."""

    busy = False

    def append(self, path):
        self.busy |= any(lane.busy for lane in path._lanes)
        super().append(path)


def test_a_stream_left_early_gives_its_path_back_when_nothing_is_under_way(bundle):
    backend, _, _ = open_played(bundle)
    with Detector(bundle, backend) as detector:
        paths = detector.inferer._paths
        watched = Watched(paths._idle)
        paths._idle = watched
        for _ in range(3):
            results = detector.stream([page(60, 60, seed=index) for index in range(5)])
            next(results)
            results.close()
        expected = detector(page(60, 60)).probability
        assert np.array_equal(expected, detector(page(60, 60)).probability)
        assert len(watched) == 1, "one caller, one path"
        assert not watched.busy


def on_host(array, device):
    """What lies at a map's address, when the stream that writes it is done."""
    with device.current():
        stream = device.create_stream()
        stream.wait(array.ready)
        stream.synchronize()
    return at(array.pointer, array.shape, array.dtype).copy()


@pytest.mark.parametrize("put", [PlayedInterface, PlayedTensor, np.asarray])
def test_maps_of_an_image_on_the_device_stay_there(bundle, put):
    backend, device, _ = open_played(bundle)
    with Detector(bundle, backend, threshold=0.5, high_threshold=0.7) as detector:
        image = page(90, 130)
        expected = detector(image)
        device.copied.clear()
        maps = detector.maps(put(image))
        down = device.copied[-1]
        device.copied.clear()
        of_a_map = [on_host(one, device) for one in (maps.probability, maps.uncertainty, maps.mask)]

    assert down == 256, "the score alone comes down"
    assert np.array_equal(of_a_map[0], expected.probability)
    assert np.array_equal(of_a_map[1], expected.uncertainty)
    assert np.array_equal(of_a_map[2], expected.mask)
    assert 0 < expected.mask.mean() < 1
    assert maps.raw_score == expected.raw_score


def test_regions_on_the_device_need_as_many_pixels_as_asked_for(bundle):
    backend, _, _ = open_played(bundle)
    with Detector(bundle, backend, threshold=0.5, high_threshold=0.55, high_area=3) as detector:
        image = page(90, 130)
        probability = detector(image).probability
        mask = detector.maps(image, on_device=False).mask

    assert np.array_equal(mask, forged_mask(probability, 0.5, 0.55, 3))
    assert 0 < mask.sum() < forged_mask(probability, 0.5, 0.55).sum()


def test_maps_come_down_in_the_format_asked_for(bundle):
    backend, _, _ = open_played(bundle)
    with Detector(bundle, backend) as detector:
        expected = detector(page(90, 130)).probability
        maps = detector.maps(PlayedTensor(page(90, 130)), "uint8", on_device=False, mask=False)

    assert maps.mask is None
    assert np.array_equal(maps.probability, encode(expected, "uint8"))


def test_what_gives_no_maps_says_why(bundle):
    with Detector(bundle, InNumpy()) as host:
        with pytest.raises(
            BackendUnavailable, match=r"'played' \(cpu\) merges its maps on the host"
        ):
            host.maps(page(40, 40))
    backend, _, _ = open_played(bundle)
    with Detector(bundle, backend, max_pixels=2000) as detector:
        with pytest.raises(ImageTooLarge, match="50×50"):
            detector.maps(page(50, 50))
        with pytest.raises(InvalidArray, match=r"has shape \(40, 40\)"):
            detector.maps(page(40, 40)[..., 0])
        with pytest.raises(InvalidArray, match="GPU 1"):
            detector.maps(PlayedTensor(page(40, 40), device=(CUDA, 1)))
        with pytest.raises(ValueError, match="float64"):
            detector.maps(page(40, 40), "float64")
        assert detector.maps(page(40, 40)).raw_score > 0, "one that fails leaves the next alone"
    with pytest.raises(BackendUnavailable, match="closed"):
        detector.maps(page(40, 40))


def test_the_original_recipe_is_merged_on_the_host_and_says_so(tmp_path, caplog):
    sizes = PRESETS["tianchi-fft2"].tile_sizes
    bundle = engine_bundle(tmp_path, members=1, tiles=sizes, batch=(1, 1, 1))
    backend, device, _ = open_played(bundle)
    image = page(400, 390)
    with caplog.at_level(logging.WARNING), Detector(bundle, backend, "tianchi-fft2") as detector:
        found = detector(image)
    assert "merges by 'tianchi-fft2', which runs on the CPU only" in caplog.text
    with Detector(bundle, InNumpy(), "tianchi-fft2") as host:
        assert np.array_equal(found.probability, host(image).probability)
    assert "scatter" not in {name for _, name in device.log}
