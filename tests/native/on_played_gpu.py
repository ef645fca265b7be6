"""TensorRT under the C library, on a GPU that is the CPU; `test_tensorrt.py` runs these tests.

They need a process of their own, in which `libcuda.so.1` is the played driver. What they cannot
show is what NVIDIA's driver, TensorRT and hardware do.
"""

import ctypes as c
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from forensics_rt import Detector
from forensics_rt.io.digest import sha256_of
from forensics_rt.recipe import D4, PRESETS, Recipe
from tests.backends.played_tensorrt import engine_bundle
from tests.bundles import constant_graph, write_bundle
from tests.native.library import FORMATS, Image, Native, NativeError
from tests.native.test_parity import assert_same
from tests.test_device_detector import InNumpy, page

GPU = {
    "gpu": "a played GPU",
    "compute_capabilities": ("9.0",),
    "driver": None,
    "cuda": "13.0",
    "tensorrt": "11.4.0.106",
}
RECIPES = {
    "fast": PRESETS["fast"],
    "balanced": PRESETS["balanced"],
    "all": Recipe("all", overlap=8, tta=D4),
    "two": Recipe("two", overlap=16, window="gaussian", tta=("rotate90", "transverse")),
    "flat": Recipe("flat", overlap=0, window="flat", tile_sizes=(32,), threshold=0.4),
}
SIZES = [(20, 25), (64, 64), (90, 130), (1, 70), (150, 33)]
LEFT = ("bytes", "page-locked bytes", "streams", "events", "graphs", "contexts")


@pytest.fixture(scope="session")
def driver():
    """The played driver, as the C library finds it."""
    return c.CDLL("libcuda.so.1")


@pytest.fixture(scope="session")
def native(driver):
    return Native(Path(os.environ["FORENSICS_RT_PLAYED"]))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return with_engines(tmp_path_factory.mktemp("bundle"))


def with_engines(folder, **changes):
    """A bundle with recipes, and an engine for every member and tile size, as if built here."""
    engines = engine_bundle(folder, **(GPU | changes)).manifest.engines
    own = {name: recipe for name, recipe in RECIPES.items() if name not in PRESETS}
    graphs = [constant_graph(0.1 + member / 10) for member in range(2)]
    return write_bundle(folder, graphs, engines=engines, recipes=own)


@contextmanager
def on_gpu(driver, array):
    """Copy an array to the GPU, and say where it is."""
    context, address = c.c_void_p(), c.c_uint64()
    driver.cuDevicePrimaryCtxRetain(c.byref(context), 0)
    driver.cuCtxSetCurrent(context)
    assert driver.cuMemAlloc_v2(c.byref(address), c.c_size_t(array.nbytes)) == 0
    c.memmove(address.value, array.ctypes.data, array.nbytes)
    driver.cuCtxSetCurrent(None)
    yield address.value
    assert driver.cuMemFree_v2(address) == 0


def shown(address, shape, kind="RGB", stride=0):
    height, width = shape
    return Image(c.sizeof(Image), address, width, height, stride, FORMATS.index(kind), 1)


@pytest.mark.parametrize("recipe", RECIPES)
def test_c_finds_what_numpy_finds(native, driver, bundle, recipe):
    with (
        Detector(bundle, InNumpy(), RECIPES[recipe]) as detector,
        native.open(bundle.path, backend="tensorrt", recipe=recipe) as twin,
    ):
        for shape in SIZES:
            image = page(*shape)
            expected = detector(image)
            with on_gpu(driver, image) as address:
                for found in (twin.detect(image), twin.detect_image(shown(address, shape))):
                    assert np.array_equal(found.probability, expected.probability)
                    assert_same(expected, found)


@pytest.mark.parametrize("kind", FORMATS)
def test_pixels_of_every_order_and_stride(native, driver, bundle, kind):
    channels = 1 if kind == "GRAY" else len(kind)
    rows = np.random.default_rng(channels).integers(0, 256, (90, 77 * channels + 5), np.uint8)
    pixels = rows[:, : 77 * channels].reshape(90, 77, channels)
    rgb = np.repeat(pixels, 3, axis=2) if channels == 1 else pixels[..., :3]
    if kind.startswith("BGR"):
        rgb = rgb[..., ::-1]

    with native.open(bundle.path, backend="tensorrt") as twin, on_gpu(driver, rows) as address:
        expected = twin.detect(np.ascontiguousarray(rgb)).probability
        last_row = address + 89 * rows.strides[0]
        upright = twin.detect_image(shown(address, (90, 77), kind, rows.strides[0]))
        upwards = twin.detect_image(shown(last_row, (90, 77), kind, -rows.strides[0]))
        on_host = twin.detect(pixels if channels > 1 else pixels[..., 0], kind)
        turned = twin.detect(np.ascontiguousarray(rgb[::-1])).probability

    assert np.array_equal(upright.probability, expected)
    assert np.array_equal(on_host.probability, expected)
    assert np.array_equal(upwards.probability, turned)


def test_what_must_be_merged_on_the_host_is(native, driver, tmp_path):
    sizes = PRESETS["tianchi-fft2"].tile_sizes
    bundle = engine_bundle(tmp_path, members=1, tiles=sizes, batch=(2, 2, 2), **GPU)
    image, said = page(400, 390), []

    def log(level, message, user):
        said.append(message.decode())

    with (
        Detector(bundle, InNumpy(), "tianchi-fft2") as detector,
        native.open(bundle.path, backend="tensorrt", recipe="tianchi-fft2", log=log) as twin,
        on_gpu(driver, image) as address,
    ):
        expected = detector(image)
        for found in (twin.detect(image), twin.detect_image(shown(address, (400, 390)))):
            assert_same(expected, found)
    assert "merges by 'tianchi-fft2', which runs on the CPU only" in said[0]


@pytest.mark.parametrize("batch", [(1, 1, 1), (3, 3, 8), (8, 8, 8), (1, 64, 64)])
def test_batches_of_every_size_give_the_same(native, bundle, tmp_path, batch):
    other = with_engines(tmp_path, batch=batch)
    image = page(150, 130)

    with native.open(bundle.path, recipe="all", device="cuda") as one:
        expected = one.detect(image).probability
    with native.open(other.path, recipe="all", device="cuda:0") as two:
        assert np.array_equal(two.detect(image).probability, expected)


def test_it_says_what_it_is(native, bundle):
    with native.open(bundle.path, device="cuda") as detector:
        said = detector.describe()

    assert (said["backend"], said["backend_version"]) == ("tensorrt", "11.4.0.106")
    assert (said["device"], said["precision"], said["tile_sizes"]) == ("cuda", "fp16", [32, 64])


def test_threads_get_what_one_gets_and_nothing_is_left(native, driver, bundle):
    images = [page(60 + 9 * index, 100, seed=index) for index in range(5)]
    before = left(driver)
    with native.open(bundle.path, backend="tensorrt", recipe="all") as detector:
        native.check(native.lib.frt_warm_up(detector.handle, 100, 100))
        alone = [detector.detect(image).probability for image in images]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda i: detector.detect(images[i % 5]).probability, range(20)))

    assert all(np.array_equal(one, alone[i % 5]) for i, one in enumerate(found))
    assert left(driver) == before


def left(driver):
    """What is taken of the driver, by name."""
    numbers = (c.c_size_t * len(LEFT))()
    driver.played_left(numbers)
    return dict(zip(LEFT, numbers, strict=True))


def refusal(native, folder, image=None, **options):
    with pytest.raises(NativeError) as caught:
        with native.open(folder, **({"backend": "tensorrt"} | options)) as detector:
            detector.detect(page(40, 40) if image is None else image)
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"device": "cuda:7"}, "GPU must be from 0 to 1, but is 7"),
        ({"device": "gpu"}, "device must be 'cpu', 'cuda' or a GPU by its number"),
        ({"device": "cpu"}, "backend 'tensorrt' runs on device 'cuda', but device is 'cpu'"),
        ({"backend": "openvino", "device": "cuda"}, "runs on device 'cpu'"),
        ({"precision": "float32"}, "computes in the format that it was built in, here fp16"),
        ({"device": "cuda:1"}, ""),
    ],
)
def test_places_that_cannot_be(native, bundle, options, said):
    if not said:
        with native.open(bundle.path, backend="tensorrt", **options) as detector:
            assert detector.detect(page(9, 9)).probability.shape == (9, 9)
        return
    message = refusal(native, bundle.path, **options)
    assert message.startswith("FRT_BACKEND_UNAVAILABLE") and said in message


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gpu": "NVIDIA L4"}, "built on NVIDIA L4 (9.0), this machine has a played GPU (9.0)"),
        ({"tensorrt": "10.16.1.11"}, "with tensorrt 10.16.1.11, here is 11.4.0.106"),
        ({"cuda": "14.0"}, "CUDA: the engine was built with 14.0, this machine has only 13.0"),
        ({"driver": "580.65.06"}, "built with 580.65.06, here it is unknown"),
        ({"graph_sha256": "b" * 64}, "was built from another graph"),
        ({"kind": "tensorrt-rtx"}, "has no tensorrt engine of member"),
    ],
)
def test_an_engine_that_does_not_fit_says_why_and_what_to_do(native, tmp_path, changes, said):
    bundle = with_engines(tmp_path, **changes)

    message = refusal(native, bundle.path)

    assert message.startswith("FRT_BACKEND_UNAVAILABLE") and said in message
    assert f"python -m export.build_engines --bundle {tmp_path}" in message


def test_an_engine_with_code_for_the_host_must_be_allowed(native, tmp_path, monkeypatch):
    bundle = with_engines(tmp_path, version_compatible=True, tensorrt="11.2.0.9")

    assert refusal(native, bundle.path).startswith("FRT_BUNDLE_UNTRUSTED")

    monkeypatch.setenv("FORENSICS_RT_ALLOW_HOST_CODE", "1")
    with native.open(bundle.path, backend="tensorrt") as detector:
        assert detector.detect(page(9, 9)).probability.shape == (9, 9)


def test_an_engine_is_hashed_again_before_it_is_loaded(native, tmp_path):
    bundle = with_engines(tmp_path)
    plan = bundle.path / bundle.manifest.engines[0].file.path
    with native.open(bundle.path, backend="tensorrt") as detector:
        plan.write_text(plan.read_text(encoding="utf-8") + " ", encoding="utf-8")
        with pytest.raises(NativeError, match="changed since the bundle was opened") as caught:
            detector.detect(page(9, 9))
    assert caught.value.status == "FRT_BUNDLE_ALTERED"


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (lambda plan: "no plan", "FRT_BACKEND_UNAVAILABLE", "Magic tag does not match"),
        (lambda plan: json.dumps(plan | {"input": "HALF"}), "FRT_ENGINE_FAILED", "must take uint8"),
        (
            lambda plan: json.dumps(plan | {"batch": (1, 2, 4)}),
            "FRT_ENGINE_FAILED",
            "takes shapes from 1x32x32x3 to 4x32x32x3, but its record says batches from 1 to 8",
        ),
        (
            lambda plan: json.dumps(plan | {"output": 16}),
            "FRT_ENGINE_FAILED",
            "gives shape 8x16x16 for 8x32x32x3, must give 8x32x32. Build it with",
        ),
    ],
)
def test_an_engine_that_is_none_of_the_bundle(native, tmp_path, change, status, said):
    bundle = with_engines(tmp_path)
    path = bundle.path / bundle.manifest.engines[0].file.path
    before = bundle.manifest.engines[0].file
    path.write_text(change(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    manifest = bundle.path / "manifest.json"
    text = manifest.read_text(encoding="utf-8").replace(before.sha256, sha256_of(path))
    found = json.loads(text)
    found["engines"][0]["file"]["bytes"] = path.stat().st_size
    manifest.write_text(json.dumps(found), encoding="utf-8")

    message = refusal(native, bundle.path, page(9, 9))

    assert message.startswith(status) and said in message


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("cannot run", "cannot run: enqueueV3: out of memory"),
        ("no context", "cannot make a context: out of memory"),
        ("gives NaN", "the engine gave NaN or infinity"),
    ],
)
def test_what_fails_is_said_and_the_next_image_runs(native, bundle, monkeypatch, fault, said):
    image = page(90, 130)
    with native.open(bundle.path, backend="tensorrt", recipe="all") as detector:
        libc = c.CDLL(None)  # TensorRT is not Python: it reads the environment of the process
        libc.setenv(b"PLAYED_TENSORRT", fault.encode(), 1)
        with pytest.raises(NativeError) as caught:
            detector.detect(image)
        libc.unsetenv(b"PLAYED_TENSORRT")
        again = detector.detect(image)

    assert caught.value.status == "FRT_ENGINE_FAILED" and said in caught.value.message
    with native.open(bundle.path, backend="tensorrt", recipe="all") as other:
        assert np.array_equal(other.detect(image).probability, again.probability)


def test_a_gpu_that_fails_at_the_start_is_given_back(native, driver, bundle):
    before = driver.played_retained()
    driver.played_refuse()

    with pytest.raises(NativeError, match="making the context current") as caught:
        with native.open(bundle.path, backend="tensorrt"):
            pass

    assert caught.value.status == "FRT_BACKEND_UNAVAILABLE"
    assert "GPU 0 cannot be opened" in caught.value.message
    assert driver.played_retained() == before


@pytest.mark.parametrize(
    ("height", "stride"),
    [(400, 1 << 30), (400, -1170), (20_000, 0), (400, 1 << 60), (400, -(1 << 60))],
)
@pytest.mark.parametrize("recipe", ["balanced", "tianchi-fft2"])
def test_rows_that_end_beyond_the_memory_are_refused(
    native, driver, tmp_path, recipe, height, stride
):
    sizes = PRESETS["tianchi-fft2"].tile_sizes  # merged on the host, where pixels are copied first
    bundle = engine_bundle(tmp_path, members=1, tiles=sizes, batch=(2, 2, 2), **GPU)
    with (
        native.open(bundle.path, backend="tensorrt", recipe=recipe) as detector,
        on_gpu(driver, page(400, 390)) as address,
        pytest.raises(NativeError, match=r"cannot be used|beyond all memory") as caught,
    ):
        detector.detect_image(shown(address, (height, 390), "RGB", stride))
    assert caught.value.status == "FRT_INVALID_ARGUMENT"


def test_rows_between_that_lie_elsewhere_are_refused(native, driver, bundle):
    """First and last row are this GPU's, in two pieces of memory; what lies between is nobody's."""
    first, last = page(1, 90), page(1, 90, seed=1)
    with (
        native.open(bundle.path, backend="tensorrt") as detector,
        on_gpu(driver, first) as one,
        on_gpu(driver, last) as two,
        pytest.raises(NativeError, match="does not know its address") as caught,
    ):
        detector.detect_image(shown(one, (3, 90), stride=(two - one) // 2))
    assert caught.value.status == "FRT_INVALID_ARGUMENT"


def test_threads_that_fail_together_tell_their_own_reasons(native, bundle):
    libc, together = c.CDLL(None), threading.Barrier(2)
    small, large = page(9, 9), page(60, 9)  # one tile, and more
    with native.open(bundle.path, backend="tensorrt", recipe="flat") as detector:

        def reason(image):
            together.wait()
            with pytest.raises(NativeError) as caught:
                detector.detect(image)
            return caught.value.message

        libc.setenv(b"PLAYED_TENSORRT", b"cannot run slowly", 1)
        with ThreadPoolExecutor(2) as pool:
            reasons = list(pool.map(reason, [small, large]))
        libc.unsetenv(b"PLAYED_TENSORRT")

    for said, tiles in zip(reasons, (1, 2), strict=True):
        assert said.endswith(f"cannot run: enqueueV3: failed at {tiles}")


def test_addresses_that_are_not_of_this_gpu_are_refused(native, driver, bundle):
    image = page(40, 40)
    with native.open(bundle.path, backend="tensorrt") as detector:
        with pytest.raises(NativeError, match="does not know its address") as caught:
            detector.detect_image(shown(image.ctypes.data, (40, 40)))
    assert caught.value.status == "FRT_INVALID_ARGUMENT"
    with native.open(bundle.path, device="cuda:1") as other, on_gpu(driver, image) as address:
        with pytest.raises(NativeError, match="it is on GPU 0, not on GPU 1"):
            other.detect_image(shown(address, (40, 40)))


def test_a_backend_of_the_cpu_takes_no_memory_of_the_gpu(native, driver, bundle):
    image = page(40, 40)
    with native.open(bundle.path) as detector, on_gpu(driver, image) as address:
        with pytest.raises(NativeError, match="backend 'openvino' runs on the CPU") as caught:
            detector.detect_image(shown(address, (40, 40)))
    assert caught.value.status == "FRT_BACKEND_UNAVAILABLE"
