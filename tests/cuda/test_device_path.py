"""The whole way of an image on the device, against the numpy way, with the same answers.

Streams go on in an order drawn by chance: only what events promise may be relied on.
"""

import ctypes

import numpy as np
import pytest

from forensics_rt.cuda.device_path import DevicePath
from forensics_rt.cuda.interchange import DeviceArray
from forensics_rt.cuda.request import MapRequest, aligned
from forensics_rt.errors import EngineFailed, InvalidArray, RecipeError
from forensics_rt.plan.bands import whole_band
from forensics_rt.plan.by_recipe import merger_for, plan_for
from forensics_rt.plan.finish import encode
from forensics_rt.plan.gather import gather
from forensics_rt.plan.mask import forged_mask
from forensics_rt.plan.schedule import schedule
from forensics_rt.plan.score import image_score
from forensics_rt.plan.tiling import plan_rectangles
from forensics_rt.recipe import D4, Recipe
from tests.cuda.host_device import HostDevice
from tests.cuda.test_interchange import PlayedInterface, PlayedTensor

TILES = (32, 64)
BLENDS = Recipe("several", overlap=8, tta=D4)


def answer(member, images):
    """A network that sees its neighborhood, so that a wrong turn gives a wrong answer."""
    gray = images.astype(np.float32).mean(axis=-1) / np.float32(255)
    ahead = np.roll(gray, 1 + member, axis=1) * np.float32(0.5)
    return np.abs(gray - ahead).astype(np.float32)


class Engine:
    """Runs `answer` on the played device, in the order of a stream."""

    def __init__(self, device, answer=answer):
        self.device, self.answer = device, answer
        self.calls = []

    def __call__(self, member, images, probability, shape, stream):
        self.calls.append((member, shape))

        def run():
            pixels = (ctypes.c_uint8 * (np.prod(shape) * 3)).from_address(images)
            seen = np.ctypeslib.as_array(pixels).reshape(*shape, 3)
            out = np.ascontiguousarray(self.answer(member, seen), np.float32)
            ctypes.memmove(probability, out.ctypes.data, out.nbytes)

        self.device.call(stream, run)


def on_cpu(recipe, weights, image, plan, batch_size):
    """What the detector does on the CPU."""
    merger = merger_for(recipe, plan, weights)
    merger.open(whole_band(plan))
    for batch in schedule(plan, recipe.tta, range(len(weights)), batch_size):
        images = np.empty((len(batch.views), plan.tile_size, plan.tile_size, 3), np.uint8)
        for view, out in zip(batch.views, images, strict=True):
            gather(image, view.tile, view.symmetry, out)
        for view, one in zip(batch.views, answer(batch.member, images), strict=True):
            merger.add(batch.member, view, one)
    return next(merger.rows(plan.height))


def pages(count, seed=0, largest=150):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        height, width = rng.integers(1, largest, 2)
        yield rng.integers(0, 256, (height, width, 3), np.uint8)


def planned(recipe, images):
    return [(image, plan_for(recipe, *image.shape[:2], TILES)) for image in images]


def make_path(recipe=BLENDS, weights=(1.0, 2.5), batch_size=5, seed=0, engine=Engine, **options):
    device = HostDevice(seed=seed, **options)
    return device, DevicePath(device, engine(device), recipe, weights, batch_size)


def stream(path, work, request=None):
    """Yield the maps of each image, with the next one on its way."""
    before = None
    for image, plan in work:
        following = path.submit(image, plan, request or MapRequest())
        if before is not None:
            yield path.collect(before)
        before = following
    yield path.collect(before)


RECIPES = [
    (Recipe("one"), (1.0,), 1),
    (Recipe("one", window="flat", overlap=0), (1.0,), 7),
    (Recipe("one", window="gaussian", tta=("identity", "rotate90")), (0.5,), 3),
    (BLENDS, (1.0, 2.5), 5),
    (Recipe("many", overlap=16, tta=("transverse", "flip_up_down")), (1.0, 0.2, 3.0), 64),
]


@pytest.mark.parametrize(("recipe", "weights", "batch_size"), RECIPES)
def test_the_device_finds_the_same_as_the_cpu_to_the_bit(recipe, weights, batch_size):
    _, path = make_path(recipe, weights, batch_size)
    work = planned(recipe, pages(12))

    for (image, plan), maps in zip(work, stream(path, work), strict=True):
        twin = on_cpu(recipe, weights, image, plan, batch_size)
        assert np.array_equal(maps.probability, twin.probability)
        assert maps.mask is None
        assert maps.raw_score == pytest.approx(image_score(twin.probability), rel=1e-6)
        if twin.uncertainty is None:
            assert maps.uncertainty is None
        else:
            assert np.array_equal(maps.uncertainty, twin.uncertainty)


def test_a_page_of_many_tiles_is_covered_in_several_launches():
    recipe = Recipe("many tiles", overlap=8, window="gaussian")
    device, path = make_path(recipe, (1.0,), batch_size=16)
    image = next(pages(1, seed=9)).repeat(4, axis=0).repeat(3, axis=1)[:333, :301]
    plan = plan_for(recipe, *image.shape[:2], (32,))
    assert len(plan.tiles) > 64

    maps = path(image, plan)

    assert [name for _, name in device.log].count("cover") == -(-len(plan.tiles) // 64)
    twin = on_cpu(recipe, (1.0,), image, plan, 16)
    assert np.array_equal(maps.probability, twin.probability)


@pytest.mark.parametrize("kind", ["uint8", "float16", "float32"])
@pytest.mark.parametrize("high", [(None, 1), (0.7, 1), (0.7, 20), (None, 200)], ids=str)
def test_maps_come_in_the_type_asked_for_with_their_mask(kind, high):
    _, path = make_path()
    request = MapRequest(kind, False, True, 0.4, *high)
    work = planned(BLENDS, pages(6, seed=1))

    for (image, plan), maps in zip(work, stream(path, work, request), strict=True):
        twin = on_cpu(BLENDS, (1.0, 2.5), image, plan, 5)
        assert maps.probability.dtype == kind
        assert np.array_equal(maps.probability, encode(twin.probability, kind))
        assert np.array_equal(maps.uncertainty, encode(twin.uncertainty, kind))
        assert np.array_equal(maps.mask, forged_mask(twin.probability, 0.4, *high))


@pytest.mark.parametrize("seed", range(25))
def test_two_streams_give_what_one_after_the_other_gives(seed):
    """Whatever order the streams go on in, threads run in, and memory grows in."""
    work = planned(BLENDS, pages(5, seed=seed, largest=100))
    _, path = make_path(seed=seed, backwards=bool(seed % 2), workers=1 + seed % 3)
    _, alone = make_path(seed=1000 + seed)
    request = MapRequest(("uint8", "float16", "float32")[seed % 3], mask=True)

    for (image, plan), maps in zip(work, stream(path, work, request), strict=True):
        one = alone(image, plan, request)
        assert np.array_equal(maps.probability, one.probability)
        assert np.array_equal(maps.uncertainty, one.uncertainty)
        assert np.array_equal(maps.mask, one.mask)
        assert maps.raw_score == one.raw_score


def test_the_next_image_goes_up_before_this_one_comes_down():
    device, path = make_path()
    copying = path._copying.handle

    results = stream(path, planned(BLENDS, pages(3)))
    next(results)

    copies = [name for stream, name in device.log if stream == copying]
    assert copies == ["copy", "copy", "copy"], "two images up, one down"
    list(results)


def test_there_is_one_upload_and_one_download():
    device, path = make_path(Recipe("one"), (1.0,))
    work = planned(Recipe("one"), pages(1))
    path(*work[0])  # the window goes up once and for all
    device.log.clear()

    path(*work[0])

    assert [name for _, name in device.log].count("copy") == 2


def test_the_weights_of_a_plan_are_computed_once_for_pages_of_one_size():
    device, path = make_path()
    (image, plan), (other, other_plan) = planned(BLENDS, pages(2))
    for page in (image, image[::-1].copy()):
        path(page, plan)
    assert [name for _, name in device.log].count("cover") == 1

    path(other, other_plan)
    path(image, plan)
    assert [name for _, name in device.log].count("cover") == 3


def test_weights_that_were_not_finished_are_not_used(monkeypatch):
    device, path = make_path()
    (image, plan), other = planned(BLENDS, pages(2))
    expected = path(image, plan).probability
    launch = device.launch

    def fail(kernel, *arguments):
        if kernel == "cover":
            raise EngineFailed("out of memory")
        launch(kernel, *arguments)

    with monkeypatch.context() as patch, pytest.raises(EngineFailed):
        patch.setattr(device, "launch", fail)
        path(*other)

    assert np.array_equal(path(image, plan).probability, expected)


@pytest.mark.parametrize("played", [PlayedInterface, PlayedTensor])
def test_an_image_on_the_device_is_not_uploaded(played):
    device, path = make_path()
    (image, plan), *_ = planned(BLENDS, pages(1))

    maps = path(played(image), plan)

    assert device.copied[0] == aligned(16 * len(plan.tiles) * 8), "nothing but the views"
    assert np.array_equal(maps.probability, path(image, plan).probability)


def fetch(device, array):
    """Read a map on the played device as its consumer would: after its own waiting."""
    assert isinstance(array, DeviceArray)
    array.__dlpack__(stream=55)
    device.adopt_stream(55).synchronize()
    size = int(np.prod(array.shape)) * array.dtype.itemsize
    there = (ctypes.c_uint8 * size).from_address(array.pointer)
    return np.ctypeslib.as_array(there).view(array.dtype).reshape(array.shape).copy()


def test_maps_left_on_the_device_outlive_the_next_images():
    device, path = make_path()
    work = planned(BLENDS, pages(4))
    request = MapRequest("float16", on_device=True, mask=True)

    kept = list(stream(path, work, request))

    for (image, plan), maps in zip(work, kept, strict=True):
        host = path(image, plan, MapRequest("float16", mask=True))
        assert np.array_equal(fetch(device, maps.probability), host.probability)
        assert np.array_equal(fetch(device, maps.uncertainty), host.uncertainty)
        assert np.array_equal(fetch(device, maps.mask), host.mask)
        assert maps.raw_score == host.raw_score


def test_maps_of_the_host_belong_to_their_holder():
    _, path = make_path()
    (image, plan), *_ = planned(BLENDS, pages(1))
    first = path(image, plan)
    before = first.probability.copy()

    path(255 - image, plan)

    assert np.array_equal(first.probability, before)


@pytest.mark.parametrize("rubbish", [np.nan, np.inf])
def test_answers_that_are_not_finite_are_an_error_and_the_path_goes_on(rubbish):
    def broken(member, images):
        answers = answer(member, images)
        if images.mean() > 254:
            answers[0, 3, 3] = rubbish
        return answers

    device = HostDevice()
    path = DevicePath(device, Engine(device, broken), Recipe("one"), (1.0,), 4)
    white = np.full((64, 64, 3), 255, np.uint8)
    plan = plan_for(Recipe("one"), 64, 64, TILES)

    with pytest.raises(EngineFailed, match="NaN or infinity"):
        path(white, plan)
    twin = on_cpu(Recipe("one"), (1.0,), white // 2, plan, 4)
    assert np.array_equal(path(white // 2, plan).probability, twin.probability)


def test_an_image_that_fails_does_not_take_the_one_before_with_it():
    _, path = make_path()
    work = planned(BLENDS, pages(2))
    before = path.submit(*work[0], MapRequest())

    with pytest.raises(InvalidArray, match="but is list"):
        path.submit([[1, 2, 3]], work[1][1], MapRequest())

    assert path.collect(before).probability.shape == work[0][0].shape[:2]
    assert len(list(stream(path, work))) == 2, "both lanes are free again"


def test_a_third_image_has_no_room():
    _, path = make_path()
    (first, second), request = planned(BLENDS, pages(2)), MapRequest()
    waiting = [path.submit(*first, request), path.submit(*second, request)]

    with pytest.raises(EngineFailed, match="two images are in progress already"):
        path.submit(*first, request)

    assert [path.collect(one).raw_score > 0 for one in waiting] == [True, True]


def test_an_engine_that_fails_does_not_block_the_lanes():
    class Moody(Engine):
        def __call__(self, *arguments):
            if len(self.calls) == 1:
                self.calls.append(None)
                raise EngineFailed("out of memory")
            super().__call__(*arguments)

    _, path = make_path(engine=Moody)
    (image, plan), *_ = planned(BLENDS, pages(1, largest=200))
    with pytest.raises(EngineFailed, match="out of memory"):
        path(image, plan)

    twin = on_cpu(BLENDS, (1.0, 2.5), image, plan, 5)
    assert np.array_equal(path(image, plan).probability, twin.probability)


def test_an_image_that_nobody_collects_is_abandoned():
    _, path = make_path()
    work = planned(BLENDS, pages(4))

    path.abandon(path.submit(*work[0], MapRequest()).lane)

    assert len(list(stream(path, work))) == 4


@pytest.mark.parametrize(
    ("image", "cause"),
    [
        (np.zeros((40, 50, 3), np.float32), "must be H×W×3 uint8, .* but is float32"),
        (np.zeros((50, 40, 3), np.uint8), r"must have the plan's shape \(40, 50, 3\)"),
        (np.zeros((40, 50), np.uint8), r"but has \(40, 50\)"),
        ([[1, 2, 3]], "but is list"),
        (PlayedInterface(np.zeros((50, 40, 3), np.uint8)), r"but has \(50, 40, 3\)"),
    ],
)
def test_what_is_not_the_image_of_the_plan_is_refused(image, cause):
    _, path = make_path()
    with pytest.raises(InvalidArray, match=cause):
        path(image, plan_for(BLENDS, 40, 50, TILES))


def test_tiles_that_are_no_squares_are_refused_by_name():
    _, path = make_path()
    plan = plan_rectangles(30, 60, (32, 64), 8)
    with pytest.raises(ValueError, match="must be square tiles of 64, but the plan has tiles of"):
        path(np.zeros((30, 60, 3), np.uint8), plan)
    assert len(list(stream(path, planned(BLENDS, pages(2))))) == 2, "and the next images are taken"


def test_an_image_with_gaps_between_rows_is_taken():
    _, path = make_path()
    (image, plan), *_ = planned(BLENDS, pages(1))
    wide = np.zeros((image.shape[0], image.shape[1] + 9, 3), np.uint8)
    wide[:, :-9] = image

    assert np.array_equal(path(wide[:, :-9], plan).probability, path(image, plan).probability)


def test_the_original_merge_runs_on_the_cpu_only():
    with pytest.raises(RecipeError, match="runs on the CPU only"):
        make_path(Recipe("original", merge="tianchi-fft2"))


@pytest.mark.parametrize(
    ("request_", "high"),
    [
        (MapRequest(mask=True, threshold=0.4), None),
        (MapRequest(mask=True, threshold=0.4, high_threshold=0.3), None),
        (MapRequest(mask=True, threshold=0.4, high_threshold=0.7), 0.7),
        (MapRequest(mask=True, threshold=0.4, high_threshold=0.3, high_area=2), 0.4),
        (MapRequest(mask=True, threshold=0.4, high_area=2), 0.4),
        (MapRequest(threshold=0.4, high_threshold=0.7, high_area=2), None),
    ],
)
def test_regions_are_told_apart_where_the_mask_depends_on_it(request_, high):
    assert request_.of_regions == high


def test_a_type_of_map_that_there_is_not_is_refused():
    with pytest.raises(RecipeError, match="kind must be one of"):
        MapRequest("int16")
