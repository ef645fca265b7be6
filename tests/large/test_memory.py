import pytest

from forensics_rt.errors import TooLittleMemory
from forensics_rt.large.memory import (
    MemoryNeed,
    most_parts,
    parse_bytes,
    predict,
    require_memory,
    rows_at_once,
)
from forensics_rt.plan.by_recipe import plan_for
from forensics_rt.recipe import D4, PRESETS, Recipe

SIZES = (384, 512, 768, 1024)


def need(recipe, height, width, reading=0):
    plan = plan_for(recipe, height, width, SIZES)
    return predict(plan, recipe, 1, 1, reading, resident=300_000_000)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.5GB", 1_500_000_000), ("1GiB", 2**30), ("800 mb", 800_000_000), (12345, 12345)],
)
def test_amounts(text, amount):
    assert parse_bytes(text) == amount


@pytest.mark.parametrize("text", ["", "much", "-1GB", "0", "1.5XB", "9" * 400])
def test_what_is_no_amount_is_refused_with_an_example(text):
    with pytest.raises(TooLittleMemory, match=r"such as 1\.5GB"):
        parse_bytes(text)


@pytest.mark.parametrize("name", ["fast", "balanced", "tianchi-fft2"])
def test_900_megapixels_fit_into_one_and_a_half_gigabytes(name):
    assert need(PRESETS[name], 30_000, 30_000).total < 1_500_000_000


def test_height_costs_nothing_and_width_does():
    recipe = PRESETS["balanced"]

    assert need(recipe, 60_000, 10_000).total < 1.1 * need(recipe, 10_000, 10_000).total
    assert need(recipe, 10_000, 60_000).total > 1.3 * need(recipe, 10_000, 10_000).total


def test_every_symmetry_keeps_the_rows_it_shares_with_the_next_band():
    def merging(*tta):
        recipe = Recipe("any", tile_sizes=(512,), overlap=128, tta=tta)
        return need(recipe, 9_000, 30_000).parts["merging"]

    shared_rows, width = 128, 30_000
    assert merging(*D4) - merging(*D4[:4]) > 4 * shared_rows * width * 4


def test_all_coefficients_of_a_jpeg_count_and_those_of_a_copy_band_by_band():
    plan = plan_for(PRESETS["fast"], 20_000, 20_000, SIZES)

    def coefficients(while_read):
        return predict(plan, PRESETS["fast"], 1, 1, 0, 0, while_read).parts["coefficients"]

    of_file = 2 * (20_000 * 20_000 * 3 // 2) + 2 * 20_000 * 20_000  # 4:2:0, and luma once more
    assert 2 * 20_000 * 20_000 < coefficients(of_file) < of_file
    assert 0 < coefficients(0) < 0.3 * coefficients(of_file)


def test_a_refusal_says_how_much_what_for_and_what_would_help():
    recipe = PRESETS["max"]
    wants = need(recipe, 30_000, 30_000)
    lesser = MemoryNeed({"program": 300_000_000, "window": 200_000_000})

    with pytest.raises(TooLittleMemory) as refused:
        require_memory("map.tif", wants, 600_000_000, lambda: ("recipe 'fast'", lesser))

    gigabytes = -(-wants.total // 10**7) / 100
    merging = -(-wants.parts["merging"] // 10**7) / 100
    said = f"map.tif: needs about {gigabytes:.2f}GB, of it 0.30GB for program and engine and "
    assert f"{said}{merging:.2f}GB for merging" in str(refused.value)
    assert "may take 0.60GB" in str(refused.value)
    assert "with `memory='" in str(refused.value)
    assert "recipe 'fast' needs 0.50GB, which would fit" in str(refused.value)
    require_memory("map.tif", wants, parse_bytes(f"{gigabytes:.2f}GB"), lambda: ("", wants))


def test_a_file_that_must_be_decoded_whole_is_to_be_saved_otherwise():
    wants = need(PRESETS["balanced"], 30_000, 30_000, reading=5_000_000_000)

    with pytest.raises(TooLittleMemory, match=r"for reading.*save it as a tiled TIFF"):
        require_memory("big.jpg", wants, 1_500_000_000, lambda: ("nothing", wants))


def test_what_is_left_goes_to_the_parts_of_the_mask():
    wants = MemoryNeed({"program": 1_000})

    assert most_parts(wants, 1_000 + 256 * 50) - most_parts(wants, 1_000) == 50


def test_rows_finished_at_once_hold_a_million_pixels_but_never_less_than_a_block_of_the_score():
    assert rows_at_once(1024) == 1024
    assert rows_at_once(10**6) == 16
