import pytest

from forensics_rt import Detector
from forensics_rt.bundle.recipes import find_recipe, read_recipe
from forensics_rt.errors import RecipeError
from forensics_rt.recipe import D4, PRESETS, Recipe


def test_a_recipe_of_the_bundle_comes_before_a_preset_of_that_name():
    own = Recipe("fast", overlap=48)

    assert find_recipe("fast", {"fast": own}) is own
    assert find_recipe("fast", {}) is PRESETS["fast"]


def test_an_unknown_name_is_answered_with_those_that_exist():
    with pytest.raises(
        RecipeError,
        match="no recipe named 'best'; there are: balanced, fast, max, mine, tianchi",
    ):
        find_recipe("best", {"mine": Recipe("mine")})


def test_a_file_gives_what_its_fields_say_and_defaults_for_the_others(tmp_path):
    file = tmp_path / "careful.toml"
    file.write_text("tile_sizes = [32, 64]\noverlap = 8\nthreshold = 0.25\n")

    assert read_recipe(file) == Recipe("careful", (32, 64), 8, threshold=0.25)


def test_a_file_may_name_itself_and_a_set_of_symmetries(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('name = "thorough"\ntta = "all"\n')

    assert read_recipe(file) == Recipe("thorough", tta=D4)


def test_a_text_that_ends_in_toml_is_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("")

    assert find_recipe(str(file), {}) == find_recipe(file, {}) == Recipe("mine")


def test_a_detector_takes_the_file(bundle, page, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('overlap = 8\ntta = "flips"\n')

    with Detector(bundle, "numpy", file) as detector:
        used = detector(page).provenance.recipe

    assert (used.name, used.overlap, len(used.tta)) == ("mine", 8, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('overlap = "24"', 'overlap: found "24", expected a valid integer'),
        ("members = true", "members: found true, expected a valid integer"),
        ("tile_sizes = [32, 1.5]", "tile_sizes.1: found 1.5, expected a valid integer"),
        ('window = "hann"', "window: found \"hann\", expected 'flat', 'pyramid' or 'gaussian'"),
        ("overlp = 3", "found the key 'overlp', .*; did you mean 'overlap'?"),
        ("hue = 3", "found the key 'hue', .*; there are: name, tile_sizes"),
        ('tta = "flip"', "no TTA named 'flip'; there are: none"),
        ("threshold = 2", "threshold must lie between 0 and 1, got 2.0"),
        ("overlap =", "must be TOML, but Invalid value"),
        (f"overlap = {'[' * 20_000}", "must be TOML, but maximum recursion"),
        (f"overlap = 0x{'f' * 9_000}", "must be TOML, but Exceeds the limit"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path, text, message):
    file = tmp_path / "mine.toml"
    file.write_text(text)

    with pytest.raises(RecipeError, match=f"mine.toml: .*{message}"):
        read_recipe(file)


def test_all_keys_that_are_wrong_are_named_at_once(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('overlap = "a"\nmembers = 1.5')

    with pytest.raises(RecipeError, match=r"overlap: found .*; members: found 1\.5"):
        read_recipe(file)


def test_a_file_that_is_missing_is_said_so(tmp_path):
    with pytest.raises(RecipeError, match=r"mine\.toml: cannot be read: No such file"):
        read_recipe(tmp_path / "mine.toml")
