"""What the C interface promises: arguments, sizes of structures, messages, threads, memory."""

import ctypes as c
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest

from forensics_rt import Bundle
from forensics_rt.bundle.opening import EMBEDDED
from forensics_rt.recipe import Recipe
from tests.bundles import stand_in_graph, write_bundle
from tests.calibration.records import record_for
from tests.counts import count
from tests.native.library import Description, Found, Image, NativeError

NULL = None
FLOAT32 = {"precision": "float32"}


@pytest.fixture
def opened(native, bundle):
    with native.open(bundle.path, **FLOAT32) as detector:
        yield detector


def image_of(page, **changes):
    height, width = page.shape[:2]
    given = {"size": c.sizeof(Image), "pixels": page.ctypes.data, "width": width,
             "height": height}  # fmt: skip
    return Image(**(given | changes))


def test_a_null_is_refused_and_not_followed(native, opened, page):
    lib, handle = native.lib, c.c_void_p(1)
    image = image_of(page)

    calls = [
        lambda: lib.frt_open(NULL, NULL, c.byref(handle)),
        lambda: lib.frt_open(b"x", NULL, NULL),
        lambda: lib.frt_describe(opened.handle, NULL),
        lambda: lib.frt_describe(NULL, c.byref(Description(size=c.sizeof(Description)))),
        lambda: lib.frt_detect(NULL, c.byref(image), c.byref(handle)),
        lambda: lib.frt_detect(opened.handle, NULL, c.byref(handle)),
        lambda: lib.frt_detect(opened.handle, c.byref(image), NULL),
        lambda: lib.frt_result_get(NULL, c.byref(Found(size=c.sizeof(Found)))),
        lambda: lib.frt_warm_up(NULL, 10, 10),
    ]
    for call in calls:
        assert lib.frt_status_name(call()) == b"FRT_INVALID_ARGUMENT"
        assert b"must not be NULL" in lib.frt_last_error()
    assert handle.value is None  # a handle is NULL after a failure
    lib.frt_close(NULL)
    lib.frt_result_free(NULL)


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({"size": 0}, "FRT_INVALID_ARGUMENT", "image.size is 0, expected"),
        ({"width": 0}, "FRT_INVALID_ARGUMENT", "must have pixels, but is 0x90"),
        ({"height": -1}, "FRT_INVALID_ARGUMENT", "must have pixels"),
        ({"stride": 3}, "FRT_INVALID_ARGUMENT", "stride is 3 bytes, but a row"),
        ({"format": 9}, "FRT_INVALID_ARGUMENT", "image.format must be"),
        ({"memory": 7}, "FRT_INVALID_ARGUMENT", "image.memory must be"),
        ({"memory": 1}, "FRT_BACKEND_UNAVAILABLE", "copy the pixels to the host"),
        ({"pixels": None}, "FRT_INVALID_ARGUMENT", "image.pixels must not be NULL"),
        ({"width": 2**30}, "FRT_IMAGE_TOO_LARGE", "a side may have"),
        ({"width": 2**25, "height": 2**25}, "FRT_IMAGE_TOO_LARGE", "max_pixels"),
    ],
)
def test_an_image_that_is_none_is_refused(opened, page, changes, status, expected):
    with pytest.raises(NativeError, match=expected) as caught:
        opened.detect_image(image_of(page, **changes))
    assert caught.value.status == status


def test_a_program_of_an_earlier_version_knows_fewer_members(native, opened, page):
    short = Found(size=Found.raw_score.offset, score=-1.0)
    result = c.c_void_p()
    native.check(native.lib.frt_detect(opened.handle, c.byref(image_of(page)), c.byref(result)))
    native.check(native.lib.frt_result_get(result, c.byref(short)))
    native.lib.frt_result_free(result)

    assert (short.width, short.height) == (page.shape[1], page.shape[0])
    assert (short.size, short.score) == (Found.raw_score.offset, -1.0)


def test_a_description_of_an_earlier_version_is_not_written_past(native, opened):
    short = Description(size=Description.high_area.offset, high_area=-1)
    native.check(native.lib.frt_describe(opened.handle, c.byref(short)))

    assert (short.size, short.high_area) == (Description.high_area.offset, -1)
    assert short.member_count == 1


def test_a_message_belongs_to_its_thread(native, tmp_path):
    def fail(name):
        with pytest.raises(NativeError, match=name), native.open(tmp_path / name):
            pass
        ready.wait()
        return native.lib.frt_last_error().decode()

    ready = threading.Barrier(4)
    names = [f"folder{i}" for i in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for name, message in zip(names, pool.map(fail, names), strict=True):
            assert name in message


def test_warnings_go_to_the_function_of_the_caller(native):
    said = []

    def take(level, message, user):
        said.append((level, message.decode()))

    with native.open(EMBEDDED / "fast", recipe="max", log=take, **FLOAT32):
        pass
    assert [level for level, _ in said] == [2]
    assert "recipe 'balanced', but recipe 'max' runs" in said[0][1]


def test_other_weights_than_those_of_the_calibration_are_warned_of(native, bundle):
    recipes = {"same": Recipe("same"), "weighed": Recipe("weighed", weights=(2.0,))}
    manifest = bundle.manifest.model_copy(
        update={"recipes": recipes, "calibration": record_for(bundle)}
    )
    (bundle.path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")

    def warnings(recipe):
        said = []
        with native.open(
            bundle.path, recipe=recipe, log=lambda *told: said.append(told[1]), **FLOAT32
        ):
            return said

    assert warnings("same") == []
    assert b"but recipe 'weighed' runs" in warnings("weighed")[0]


def test_a_detector_says_what_it_is(native):
    bundle = Bundle.open("fast")
    with native.open(bundle.path, recipe="max", **FLOAT32) as detector:
        said = detector.describe()
    assert said["bundle_id"] == bundle.id
    assert said["bundle_name"] == bundle.manifest.name
    assert said["license"] == bundle.manifest.license
    assert (said["recipe"], said["backend"], said["precision"]) == ("max", "openvino", "f32")
    assert tuple(said["tile_sizes"]) == bundle.manifest.tile_sides
    assert (said["member_count"], said["tta_count"], said["calibrated"]) == (1, 8, 1)
    assert (said["high_area"], said["reserved"]) == (1, 0)


def test_what_is_compiled_ahead_is_what_an_image_needs(native, opened, page, bundle):
    native.check(native.lib.frt_warm_up(opened.handle, page.shape[1], page.shape[0]))
    bundle.file(bundle.manifest.members[0].graph).unlink()  # nothing is compiled any more

    assert opened.detect(page).numbers["tile_count"] > 0


def test_eight_threads_get_the_answers_of_one(native, tmp_path):
    bundle = write_bundle(tmp_path, [stand_in_graph(fold) for fold in range(2)])
    random = np.random.default_rng(2)
    images = [
        random.integers(0, 256, (*random.integers(1, 150, 2), 3), np.uint8) for _ in range(100)
    ]

    with native.open(bundle.path, **FLOAT32) as detector:
        alone = [detector.detect(image) for image in images]
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(detector.detect, images * 8))
    for one, other in zip(alone * 8, together, strict=True):
        assert np.array_equal(one.probability, other.probability)
        assert one.regions == other.regions


def test_thousands_of_calls_take_no_more_memory_than_a_thousand(native, opened):
    random = np.random.default_rng(2)
    image = image_of(random.integers(0, 256, (60, 60, 3), np.uint8))
    lib, process = native.lib, psutil.Process()

    def call(times):
        for _ in range(times):
            result = c.c_void_p()
            native.check(lib.frt_detect(opened.handle, c.byref(image), c.byref(result)))
            lib.frt_result_free(result)
        return process.memory_info().rss

    before = call(1000)
    assert call(count(3000, 10_000)) - before < 2_000_000


def test_bundles_are_opened_and_closed_without_growth(native, bundle):
    process = psutil.Process()

    def call(times):
        for _ in range(times):
            with native.open(bundle.path, **FLOAT32) as detector:
                detector.describe()
        return process.memory_info().rss

    before = call(30)
    assert call(100) - before < 4_000_000
