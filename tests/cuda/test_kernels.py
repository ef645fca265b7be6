"""Every kernel against its numpy twin, thousands of random cases, on the CPU.

The bodies are those that run on a GPU: the same file, compiled as C++ (see `host_device`).
"""

from tempfile import TemporaryFile

import numpy as np
import pytest

from forensics_rt.cuda import compile as compiler
from forensics_rt.cuda.launch import Kernels, Views
from forensics_rt.plan.bands import whole_band
from forensics_rt.plan.blend import BlendMerger
from forensics_rt.plan.finish import encode
from forensics_rt.plan.gather import gather
from forensics_rt.plan.mask import forged_mask
from forensics_rt.plan.schedule import View, schedule
from forensics_rt.plan.score import image_score
from forensics_rt.plan.tiling import Plan, Tile, plan_tiles
from forensics_rt.plan.view_table import tile_box, view_table
from forensics_rt.plan.window import window
from forensics_rt.recipe import D4
from tests.cuda.host_device import HostDevice

# Ways to run a kernel that must not matter.
RUNS = {
    "forwards": {},
    "backwards": {"backwards": True},
    "a grid too small": {"small_grid": 2},
    "four at once": {"workers": 4},
}


@pytest.fixture(params=RUNS.values(), ids=RUNS)
def kernels(request):
    device = HostDevice(**request.param)
    with device.current():
        yield Kernels(device, device.create_stream())


def wait(kernels):
    kernels.stream.synchronize()


def at(array):
    assert array.flags.c_contiguous
    return array.ctypes.data


def random_plan(rng):
    """Tiles as the runtime lays them, or tiles anywhere; images smaller than a tile too."""
    height, width = (int(side) for side in rng.integers(1, 90, 2))
    if rng.random() < 0.5:
        return plan_tiles(height, width, (16, 32), overlap=int(rng.integers(0, 9)))
    size = int(rng.choice([4, 16, 32]))
    places = rng.integers(0, (height, width), (int(rng.integers(1, 9)), 2)).tolist()
    return Plan(height, width, size, tuple(Tile(top, left, size, size) for top, left in places))


def random_views(rng, plan, most=6):
    tiles = [plan.tiles[k] for k in rng.integers(0, len(plan.tiles), rng.integers(1, most + 1))]
    return [View(tile, D4[rng.integers(8)]) for tile in tiles]


def on_device(views, plan):
    table = view_table(views)
    box = tile_box([view.tile for view in views], plan)
    return table, Views(at(table), len(views), plan.tile_size, box)


# Where red, green and blue are, in pixels as C programs have them.
ORDERS = {"RGB": (0, 1, 2), "BGR": (2, 1, 0), "RGBA": (0, 1, 2), "BGRA": (2, 1, 0), "G": (0, 0, 0)}


@pytest.mark.parametrize("order", ORDERS)
def test_pixels_of_any_order_become_rgb(kernels, order):
    rng = np.random.default_rng(len(order))
    for upwards in (False, True) * 20:
        height, width, gap = (int(number) for number in rng.integers((1, 1, 0), (90, 90, 7)))
        rows = rng.integers(0, 256, (height, width * len(order) + gap), np.uint8)
        shown = rows[::-1] if upwards else rows
        pixels = shown[:, : width * len(order)].reshape(height, width, len(order))
        found = np.full((height, width, 3), 7, np.uint8)

        kernels.to_rgb(
            shown.ctypes.data, shown.strides[0], len(order), ORDERS[order], (height, width),
            at(found),
        )  # fmt: skip
        wait(kernels)

        assert np.array_equal(found, pixels[..., ORDERS[order]])


def test_gather_cuts_the_same_bytes(kernels):
    rng = np.random.default_rng(1)
    for _ in range(300):
        plan = random_plan(rng)
        image = rng.integers(0, 256, (plan.height, plan.width, 3), np.uint8)
        views = random_views(rng, plan)
        table, there = on_device(views, plan)
        batch = np.full((len(views), plan.tile_size, plan.tile_size, 3), 7, np.uint8)

        kernels.gather(at(image), plan.height, plan.width, there, at(batch))
        wait(kernels)

        twin = np.empty_like(batch)
        for view, out in zip(views, twin, strict=True):
            gather(image, view.tile, view.symmetry, out)
        assert np.array_equal(batch, twin), (plan, views, table)


def test_scatter_cover_and_finish_blend_to_the_same_bits(kernels):
    rng = np.random.default_rng(2)
    for _ in range(200):
        plan = random_plan(rng)
        name = ("flat", "pyramid", "gaussian")[rng.integers(3)]
        weights = tuple(rng.uniform(0.1, 3, rng.integers(1, 4)).tolist())
        tta = tuple(D4[k] for k in rng.permutation(8)[: rng.integers(1, 9)])
        threshold = float(rng.uniform(0.1, 0.9))
        several = len(weights) * len(tta) > 1
        twin = BlendMerger(plan, name, weights, len(tta))
        twin.open(whole_band(plan))
        shape, side = (plan.height, plan.width), plan.tile_size
        sums, squares, covered = (np.zeros(shape, np.float32) for _ in range(3))
        weight, use_squares = window(name, side), at(squares) if several else None
        table, tiles = on_device([View(tile, "identity") for tile in plan.tiles], plan)

        kernels.cover(tiles, at(weight), plan.width, at(covered))
        for batch in schedule(plan, tta, range(len(weights)), int(rng.integers(1, 9))):
            answers = rng.random((len(batch.views), side, side), np.float32)
            table, views = on_device(batch.views, plan)
            kernels.scatter(
                at(answers), views, at(weight), weights[batch.member], plan.width,
                at(sums), use_squares,
            )  # fmt: skip
            wait(kernels)
            for view, answer in zip(batch.views, answers, strict=True):
                twin.add(batch.member, view, answer)
        if (covered == 0).any():
            continue  # tiles anywhere: the rest of the image is nobody's business
        probability, mask = np.empty(shape, np.float32), np.empty(shape, np.uint8)
        uncertainty = np.empty(shape, np.float32)
        scale = sum(weights) * len(tta)
        out = (at(probability), at(uncertainty) if several else None, at(mask))
        kernels.finish((at(sums), use_squares, at(covered)), scale, threshold, sums.size, out)
        wait(kernels)

        merged = next(twin.rows(plan.height))
        assert np.array_equal(probability, merged.probability), (plan, tta, table)
        assert np.array_equal(mask, forged_mask(merged.probability, threshold))
        if several:
            assert np.array_equal(uncertainty, merged.uncertainty)


def test_finish_may_write_where_it_reads(kernels):
    rng = np.random.default_rng(3)
    sums, squares = rng.random((2, 40, 50), np.float32)
    covered = np.full((40, 50), 1.5, np.float32)
    probability, uncertainty = np.empty((2, 40, 50), np.float32)
    kernels.finish(
        (at(sums), at(squares), at(covered)), 1.0, 0.5, 2000,
        (at(probability), at(uncertainty), None),
    )  # fmt: skip
    in_place = (at(sums), at(squares), None)
    kernels.finish((at(sums), at(squares), at(covered)), 1.0, 0.5, 2000, in_place)
    wait(kernels)

    assert np.array_equal(sums, probability)
    assert np.array_equal(squares, uncertainty)


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_not_clipped_and_reaches_the_score(kernels, rubbish):
    sums = np.full((40, 40), 0.25, np.float32)
    covered, largest = np.ones((40, 40), np.float32), np.zeros(1, np.float32)
    rows = np.empty((3, 40), np.float32)
    sums[7, 9] = rubbish

    kernels.finish((at(sums), None, at(covered)), 1.0, 0.5, 1600, (at(sums), None, None))
    kernels.score(at(sums), 40, 40, at(rows), at(largest))
    wait(kernels)

    assert np.isnan(sums[7, 9])
    assert np.isnan(largest[0])


def test_sums_beyond_the_range_are_clipped_as_numpy_does(kernels):
    sums = np.array([[-0.1, 0.0, 0.5, 1.0, 1.0000001, 3.0]], np.float32)
    covered, out = np.ones_like(sums), np.empty_like(sums)

    kernels.finish((at(sums), None, at(covered)), 1.0, 0.5, 6, (at(out), None, None))
    wait(kernels)

    assert np.array_equal(out, np.clip(sums, 0, 1))


def test_what_just_reaches_a_limit_is_in(kernels):
    sums = np.array([[0.25, 0.5, 0.0, 0.5, 0.75]], np.float32)
    covered, mask = np.ones_like(sums), np.empty(sums.shape, np.uint8)
    work = np.empty(8 * sums.size, np.uint8)

    kernels.finish((at(sums), None, at(covered)), 1.0, 0.5, 5, (at(sums), None, at(mask)))
    wait(kernels)
    assert mask.tolist() == [[0, 1, 0, 1, 1]]
    kernels.keep_convincing(at(mask), at(sums), 0.75, 1, (1, 5), at(work))
    wait(kernels)
    assert mask.tolist() == [[0, 0, 0, 1, 1]]
    kernels.keep_convincing(at(mask), at(sums), 0.5, 2, (1, 5), at(work))
    wait(kernels)
    assert mask.tolist() == [[0, 0, 0, 1, 1]]
    kernels.keep_convincing(at(mask), at(sums), 0.5, 3, (1, 5), at(work))
    wait(kernels)
    assert not mask.any()


@pytest.mark.parametrize("kind", ["uint8", "float16"])
def test_encode_rounds_as_numpy_does(kernels, kind):
    rng = np.random.default_rng(4)
    exponents = np.float32(2.0) ** rng.integers(-30, 1, 20000).astype(np.float32)
    steps = np.arange(0, 2049, dtype=np.float32) / np.float32(2048)
    halves = (np.arange(255, dtype=np.float32) + np.float32(0.5)) / np.float32(255)
    ties = np.arange(1, 2048, dtype=np.float32) / np.float32(4096) * np.float32(2.0**-13)
    values = np.concatenate(
        [rng.random(20000, np.float32), exponents, exponents * rng.random(20000, np.float32),
         steps, halves, ties, np.nextafter(steps[1:], np.float32(0))]
    )  # fmt: skip
    out = np.empty(values.shape, kind)

    kernels.encode(at(values), kind, values.size, at(out))
    wait(kernels)

    assert np.array_equal(out, encode(values, kind))


def test_the_score_is_that_of_numpy(kernels):
    rng = np.random.default_rng(5)
    for _ in range(200):
        height, width = (int(side) for side in rng.integers(1, 100, 2))
        probability = rng.random((height, width), np.float32) ** 4
        rows = np.empty((-(-height // 16), width), np.float32)
        largest = np.zeros(1, np.float32)

        kernels.score(at(probability), height, width, at(rows), at(largest))
        wait(kernels)

        score = float(largest[0]) / (min(16, height) * min(16, width))
        assert score == image_score(probability)


def blobs(rng, height, width):
    """Probabilities with regions of every shape: noise, smoothed or not."""
    values = rng.random((height, width))
    for _ in range(int(rng.integers(0, 4))):
        values = (values + np.roll(values, 1, 0) + np.roll(values, 1, 1)) / 3
    low, high = values.min(), values.max()
    return ((values - low) / (high - low + 1e-9)).astype(np.float32)


def test_regions_with_too_few_convincing_pixels_leave_the_mask(kernels):
    rng = np.random.default_rng(6)
    left, kept = 0, 0
    for turn in range(250):
        height, width = (int(side) for side in rng.integers(1, 70, 2))
        probability = blobs(rng, height, width)
        threshold, high = (float(value) for value in np.sort(rng.uniform(0.3, 0.95, 2)))
        high = threshold if turn % 5 == 0 else high
        area = 1 if turn % 3 == 0 else int(2 ** rng.uniform(0, 11))
        before = probability >= np.float32(threshold)
        mask, work = before.astype(np.uint8), np.empty(8 * before.size, np.uint8)

        kernels.keep_convincing(at(mask), at(probability), high, area, before.shape, at(work))
        wait(kernels)

        assert np.array_equal(mask, forged_mask(probability, threshold, high, area))
        left, kept = left + int(before.sum() - mask.sum()), kept + int(mask.sum())
    assert min(left, kept) > 20_000, "both happen"


@pytest.mark.parametrize("area", [1, 59 * 61, 59 * 61 + 1, 2**31, 2**70])
def test_a_region_may_fill_the_image(kernels, area):
    probability = np.full((59, 61), 0.9, np.float32)
    mask, work = np.ones(probability.shape, np.uint8), np.empty(8 * probability.size, np.uint8)

    kernels.keep_convincing(at(mask), at(probability), 0.8, area, mask.shape, at(work))
    wait(kernels)

    assert mask.all() if area <= mask.size else not mask.any()


def test_a_region_that_winds_through_the_image_is_one(kernels):
    probability = np.zeros((129, 130), np.float32)
    probability[::2] = 0.6
    probability[1::4, -1] = probability[3::4, 0] = 0.6  # a snake
    probability[128, 64] = 0.9
    mask, work = (probability > 0).astype(np.uint8), np.empty(8 * probability.size, np.uint8)

    kernels.keep_convincing(at(mask), at(probability), 0.8, 1, (129, 130), at(work))
    wait(kernels)

    labels = work[: 4 * mask.size].view(np.int32).reshape(mask.shape)
    assert np.array_equal(mask, probability > 0)
    assert set(labels[mask == 1]) == {0}, "the label of a region is its first pixel"


def test_offsets_beyond_32_bits_are_not_cut_off():
    height, width = 40_000, 36_000
    assert height * width * 3 > 2**32
    with TemporaryFile() as file:
        # Only what is written or read of it takes up room.
        image = np.memmap(file, np.uint8, "w+", shape=(height, width, 3))
        image[-16:, -16:] = np.arange(16 * 16 * 3).reshape(16, 16, 3) % 251
        plan = Plan(height, width, 16, (Tile(height - 16, width - 16, 16, 16),))
        table, views = on_device([View(plan.tiles[0], "identity")], plan)
        batch = np.empty((1, 16, 16, 3), np.uint8)
        device = HostDevice()
        with device.current():
            kernels = Kernels(device, device.create_stream())
            kernels.gather(at(image), height, width, views, at(batch))
            wait(kernels)

        assert np.array_equal(batch[0], image[-16:, -16:]), table


def test_every_kernel_is_launched_by_a_function_that_is_tested_here():
    launched = {
        "to_rgb", "gather", "cover", "scatter", "finish", "encode_uint8", "encode_float16",
        "column_sums", "block_maxima", "start_labels", "join_labels", "find_convincing",
        "keep_convincing",
    }  # fmt: skip
    assert set(compiler.kernel_names()) == launched


@pytest.mark.parametrize(("size", "count"), [(30, 1), (0, 1), (32, 0)])
def test_views_that_the_kernels_cannot_index_are_refused(size, count):
    plan = Plan(9, 9, 32, (Tile(0, 0, 32, 32),))
    with pytest.raises(ValueError, match="must be"):
        Views(0, count, size, tile_box(plan.tiles, plan))
