import json
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from forensics_rt import Detector, Failure, Recipe, pages_of
from forensics_rt.backends.registry import open_backend
from forensics_rt.errors import (
    BackendUnavailable,
    BundleError,
    BundleNotFound,
    BundleUntrusted,
    CalibrationError,
    EngineFailed,
    ImageNotFound,
    OutputError,
    RecipeError,
)
from forensics_rt.recipe import D4
from tests.bundles import brightness_graph, constant_graph, write_bundle
from tests.io.images import tiff_of_pages, with_orientation


def test_the_map_is_what_the_network_answers_for_each_pixel(detector, page):
    detection = detector(page)

    assert detection.probability.dtype == np.float32
    assert np.allclose(detection.probability, page.mean(axis=2) / 255, atol=1e-6)
    assert detection.mask.dtype == bool
    assert [region.box for region in detection.regions] == [(20, 10, 40, 20), (90, 60, 20, 10)]
    assert detection.score == pytest.approx(14 / 16), "of its best block 14 rows of 16 are bright"


@pytest.mark.parametrize("recipe", ["fast", "balanced", Recipe("d4", tta=D4, overlap=8)])
@pytest.mark.parametrize("backend", ["numpy", "onnxruntime", "torch", "openvino"])
def test_recipes_and_backends_agree(bundle, page, backend, recipe):
    with Detector(bundle, backend, recipe) as detector:
        detection = detector(page)

    assert np.abs(detection.probability - page.mean(axis=2) / 255).max() <= 2**-8
    assert detection.provenance.backend == backend


@pytest.fixture(scope="module")
def constant(tmp_path_factory):
    bundle = write_bundle(tmp_path_factory.mktemp("c"), [constant_graph(0.3), constant_graph(0.5)])
    return bundle


@settings(max_examples=40)
@given(
    st.integers(1, 150),
    st.integers(1, 150),
    st.integers(0, 24),
    st.sampled_from(["flat", "pyramid", "gaussian"]),
    st.sets(st.sampled_from(D4), min_size=1),
)
def test_a_constant_model_gives_a_constant_map(constant, height, width, overlap, window, tta):
    recipe = Recipe("any", overlap=overlap, window=window, tta=tuple(tta))
    with Detector(constant, "numpy", recipe) as detector:
        detection = detector(np.zeros((height, width, 3), np.uint8))

    assert detection.probability.shape == (height, width)
    assert np.allclose(detection.probability, 0.4, atol=1e-5)
    assert np.allclose(detection.uncertainty, 0.1, atol=1e-3)


def test_members_vote_by_weight_and_fast_asks_the_first_alone(tmp_path, page):
    graphs = [constant_graph(0.2), constant_graph(0.8)]
    bundle = write_bundle(tmp_path, graphs, weights=[1.0, 2.0])

    with Detector(bundle, "numpy") as all_members, Detector(bundle, "numpy", "fast") as first:
        assert np.allclose(all_members(page).probability, 0.6, atol=1e-6)
        assert np.allclose(first(page).probability, 0.2, atol=1e-6)
        assert first(page).uncertainty is None


def test_the_threshold_is_the_callers_then_the_recipes_then_the_bundles(bundle):
    thresholds = [
        Detector(bundle, "numpy", Recipe("own", threshold=0.7), threshold=0.9).threshold,
        Detector(bundle, "numpy", Recipe("own", threshold=0.7)).threshold,
        Detector(bundle, "numpy").threshold,
    ]
    assert thresholds == [0.9, 0.7, 0.5]


def test_provenance_says_what_really_ran(detector, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(with_orientation(8))

    provenance = detector(path).provenance

    assert provenance.bundle_id == detector.bundle.id
    assert (provenance.backend, provenance.device) == ("numpy", "cpu")
    assert provenance.recipe.name == "balanced" and provenance.recipe.threshold == 0.5
    assert provenance.image_format == "JPEG" and provenance.exif_orientation == 8
    assert {"forensics_rt", "numpy", "opencv", "pillow", "onnx"} <= provenance.versions.keys()


def test_saved_files_hold_the_result(detector, page, tmp_path):
    recipe = Recipe("two views", tta=("identity", "rotate180"))
    with Detector(detector.bundle, "numpy", recipe) as two_views:
        detection = two_views(page, name="scan.jpg")

    path = detection.save(tmp_path / "out")

    assert path == tmp_path / "out" / "scan.jpg.json"
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "scan.jpg.json",
        "scan.jpg.mask.png",
        "scan.jpg.overlay.jpg",
        "scan.jpg.probability.png",
        "scan.jpg.uncertainty.png",
    ]
    stored, document = json.loads(path.read_text()), json.loads(json.dumps(detection.to_dict()))
    assert stored["seconds"].pop("encode") > 0
    assert stored == document
    stored = cv2.imread(str(path.with_name("scan.jpg.probability.png")), cv2.IMREAD_UNCHANGED)
    assert np.abs(stored / 65535 - detection.probability).max() < 1e-4
    mask = cv2.imread(str(path.with_name("scan.jpg.mask.png")), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(mask == 255, detection.mask)


def test_a_result_is_not_saved_over_that_of_another_image_of_its_name(detector, page, tmp_path):
    first, second = detector(page, name="a/scan.png"), detector(page[::-1], name="b/scan.png")
    saved = first.save(tmp_path)

    with pytest.raises(OutputError, match=r"of a/scan\.png, another .*that of b/scan\.png .*stem="):
        second.save(tmp_path)

    assert json.loads(saved.read_text())["name"] == "a/scan.png"
    assert first.save(tmp_path) == saved, "its own may be saved again"
    assert second.save(tmp_path, stem="b/scan.png") == tmp_path / "b" / "scan.png.json"
    assert second.save(tmp_path, stem="scan.png") == saved, "who names the place means it"


def test_each_page_of_a_file_has_a_result_of_its_own(detector, page, tmp_path):
    path = tmp_path / "contract.tif"
    path.write_bytes(tiff_of_pages(Image.fromarray(page), Image.fromarray(page[::-1])))

    first, second = detector.stream(pages_of(path))

    assert np.array_equal(first.probability, detector(page).probability)
    assert np.array_equal(second.probability, detector(page[::-1]).probability)
    assert [one.provenance.page for one in (first, second)] == [1, 2]
    saved = [one.save(tmp_path / "out").name for one in (first, second)]
    assert saved == ["contract.tif-page1.json", "contract.tif-page2.json"]

    as_one = [detector(one, name="contract") for one in pages_of(path)]
    as_one[0].save(tmp_path)
    with pytest.raises(OutputError, match="another page of it"):
        as_one[1].save(tmp_path)


def test_the_overlay_reddens_what_was_found_and_leaves_the_rest(detector, page):
    picture = detector(page).overlay()

    assert picture.shape == page.shape and picture.dtype == np.uint8
    assert np.array_equal(picture[80, :80], page[80, :80]), "probability 0: untouched"
    red, green, blue = picture[20, 40].astype(int)
    assert red > green + 50 and red > blue + 50


def test_a_stream_gives_what_single_calls_give_in_order(detector, page):
    images = [np.roll(page, 10 * step, axis=1) for step in range(6)]

    streamed = list(detector.stream(iter(images)))

    assert [one.score for one in streamed] == [detector(image).score for image in images]
    assert all(
        np.array_equal(one.probability, detector(image).probability)
        for one, image in zip(streamed, images, strict=True)
    )


def test_a_stream_can_go_on_after_a_failure(detector, page, tmp_path):
    with (tmp_path / "closed.png").open("w+b") as closed:
        pass
    sources = [page, tmp_path / "missing.jpg", b"no image", closed, page]

    first, missing, no_image, unread, last = detector.stream(sources, on_error="yield")

    assert first.score == last.score
    assert isinstance(missing, Failure) and isinstance(missing.error, ImageNotFound)
    assert isinstance(no_image, Failure) and no_image.name == "<bytes>"
    assert "the open file cannot be read: read of closed file" in str(unread.error)


def test_a_stream_stops_at_a_failure_unless_told_otherwise(detector, page, tmp_path):
    results = detector.stream([page, tmp_path / "missing.jpg", page])

    next(results)
    with pytest.raises(ImageNotFound):
        next(results)


def test_a_network_that_gives_nan_is_an_error(tmp_path, page):
    with (
        Detector(write_bundle(tmp_path, [constant_graph(np.nan)]), "numpy") as detector,
        pytest.raises(EngineFailed, match="NaN or infinity"),
    ):
        detector(page)


def test_threads_share_a_detector(bundle, page):
    images = [np.roll(page, 7 * step, axis=0) for step in range(8)]
    found = {}
    with Detector(bundle, "openvino") as detector:
        expected = [detector(image).probability for image in images]

        def work(thread):
            found[thread] = [detector(image).probability for image in images]

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(found) == 4
    for maps in found.values():
        assert all(np.array_equal(one, other) for one, other in zip(maps, expected, strict=True))


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"recipe": "best"}, RecipeError, "no recipe named 'best'; there are: balanced"),
        ({"backend": "tpu"}, BackendUnavailable, "no backend named 'tpu'; there are: auto"),
        ({"bundle": "nowhere"}, BundleNotFound, "nowhere: no bundle here"),
        ({"recipe": "tianchi-fft2"}, RecipeError, r"needs tiles of \[384, 512, 768, 1024\]"),
        ({"recipe": "max"}, RecipeError, "overlap of 128, at most 24 is possible"),
        ({"recipe": Recipe("m", members=4)}, RecipeError, "wants 4 members, bundle 'tiny' has 1"),
        ({"threshold": 1.5}, RecipeError, "threshold must lie between 0 and 1, got 1.5"),
        ({"max_pixels": 0}, RecipeError, "max_pixels must be 1 or more, but is 0"),
        ({"max_pixels": -1}, RecipeError, "max_pixels must be 1 or more, but is -1"),
        ({"max_pixels": "a"}, RecipeError, r"a whole number of 1 or more, but is 'a' \(str\)"),
        ({"max_pixels": 1.5}, RecipeError, r"a whole number of 1 or more, but is 1.5 \(float\)"),
        ({"max_pixels": True}, RecipeError, r"a whole number of 1 or more, but is True \(bool\)"),
        ({"damaged": 5}, RecipeError, "damaged must be 'refuse' or 'examine', got 5"),
        ({"password": 5}, RecipeError, "password must be a text or None, but is of type int"),
        ({"robust": "yes"}, RecipeError, r"robust must be True or False, but is 'yes' \(str\)"),
        ({"robust": None}, RecipeError, r"robust must be True or False, but is None"),
        ({"isolate": 1}, RecipeError, r"isolate must be True, False or a DecoderPool, but is 1 \("),
        ({"trust": "x"}, BundleUntrusted, r"trust must be a TrustPolicy or None, but is 'x' \(str"),
        ({"high_area": True}, RecipeError, "high_area must be whole, got True"),
        ({"threshold": True}, RecipeError, "threshold must be a number, got True"),
        ({"threshold": 0.0}, RecipeError, "threshold must lie between 0 and 1, got 0.0"),
        ({"threads": "2"}, BackendUnavailable, r"threads must be a whole .* but is '2' \(str\)"),
        ({"threads": 1.5}, BackendUnavailable, r"threads must be a whole .* but is 1.5 \(float\)"),
        ({"threads": True}, BackendUnavailable, r"threads must be a whole .* but is True \(bool\)"),
        ({"precision": "no"}, BackendUnavailable, "precision must be one of auto, float32, but is"),
        ({"backend": 5}, BackendUnavailable, "must be a name or a started backend, but is 5"),
        ({"device": 0}, BackendUnavailable, "device must be 'cpu', 'cuda' or .*, but is 0"),
        ({"bundle": 5}, BundleNotFound, "a bundle must be a folder, or one of default, fast"),
        ({"recipe": ["max"]}, RecipeError, r"no recipe named \['max'\]"),
        ({"calibration": 5}, CalibrationError, "must be a record or its file, but is 5"),
        ({"threshold": "0.5"}, RecipeError, "threshold must be a number, got '0.5'"),
        ({"operating_point": 5}, CalibrationError, "operating point 5"),
        ({"prevalence": "0.1"}, CalibrationError, "prevalence must be .*, but is '0.1'"),
    ],
)
def test_what_cannot_be_is_refused_at_the_start(bundle, settings, error, message):
    with pytest.raises(error, match=message):
        Detector(**{"bundle": bundle, "backend": "numpy", **settings})


def test_a_password_of_the_wrong_type_is_not_repeated(bundle):
    with pytest.raises(RecipeError) as refused:
        Detector(bundle, "numpy", password=b"sesame")
    assert "sesame" not in str(refused.value)


def test_numbers_of_numpy_and_whole_floats_are_taken(bundle):
    for most in (np.int64(5000), 5e3):
        with Detector(bundle, "numpy", max_pixels=most, robust=np.False_) as detector:
            assert detector.read_options.max_pixels == 5000
            assert type(detector.read_options.max_pixels) is int and detector.robust is False


@pytest.mark.parametrize("name", [5, b"scan", ["scan"]])
def test_a_name_that_is_no_text_is_refused_at_once(detector, page, name):
    for ask in (detector, detector.task):
        with pytest.raises(RecipeError, match="name must be a text or None, but is "):
            ask(page, name)


@pytest.mark.parametrize("wrong", [None, 5, b"out"])
def test_a_folder_or_stem_that_is_no_path_is_refused(detector, page, tmp_path, wrong):
    detection = detector(page)
    with pytest.raises(OutputError, match="folder must be a path, but is "):
        detection.save(wrong)
    if wrong is not None:
        with pytest.raises(OutputError, match="stem must be a path or None, but is "):
            detection.save(tmp_path, wrong)


def test_one_pixel_is_an_image(detector):
    assert detector(np.full((1, 1, 3), 255, np.uint8)).probability == pytest.approx(1.0)


def test_a_bundle_may_bring_its_own_recipe(tmp_path, page):
    own = Recipe("invoices", tile_sizes=(64,), overlap=16, threshold=0.9)
    bundle = write_bundle(tmp_path, [brightness_graph()], recipes={"invoices": own})

    with Detector(bundle, "numpy", "invoices") as detector:
        detection = detector(page)

    assert detection.threshold == 0.9 and detection.provenance.tile_size == 64


def test_a_result_shows_the_image_that_was_examined(detector, page):
    given = page.copy()
    detection = detector(given)
    given[:] = 0
    assert np.array_equal(detection.image, page)


@pytest.mark.parametrize("name", ["/", "..", "", "."])
def test_no_name_leads_out_of_the_folder(detector, page, tmp_path, name):
    folder = tmp_path / "out"
    before = set(tmp_path.rglob("*"))
    detector(page, name=name).save(folder)
    assert {file.parent for file in set(tmp_path.rglob("*")) - before} == {folder, tmp_path}
    assert set(tmp_path.iterdir()) - before == {folder}


def test_a_viewer_turns_the_picture_for_people_as_it_turns_the_image(detector, page, tmp_path):
    detector(with_orientation(6), name="turned").save(tmp_path)

    with Image.open(tmp_path / "turned.overlay.jpg") as picture:
        assert picture.getexif()[0x0112] == 6 and picture.size == (60, 40)
    detector(page, name="upright").save(tmp_path)
    with Image.open(tmp_path / "upright.overlay.jpg") as picture:
        assert not picture.getexif()


def test_a_backend_of_other_networks_is_refused(bundle, constant):
    """It would answer under this bundle's name and calibration."""
    with open_backend(constant, "numpy") as other:
        with pytest.raises(BundleError, match="start it with open_backend for this bundle"):
            Detector(bundle, other)
        with pytest.raises(
            BackendUnavailable, match="threads and precision must be given when a backend starts"
        ):
            Detector(constant, other, threads=1)


def test_threads_can_be_limited(bundle, page):
    with Detector(bundle, "onnxruntime", threads=1) as detector:
        assert detector(page).regions
    with pytest.raises(BackendUnavailable, match="threads must be 1 or more"):
        Detector(bundle, "onnxruntime", threads=0)


def test_a_closed_detector_takes_no_image(bundle, page):
    with Detector(bundle, "numpy") as detector:
        detector(page)
    for ask in (lambda: detector(page), lambda: next(detector.stream([page]))):
        with pytest.raises(BackendUnavailable, match="the detector is closed; make another"):
            ask()


def local(bundle):
    """The bundle, whose network says that it pools nothing over the tile."""
    member = bundle.manifest.members[0].model_copy(update={"pools_over_tile": False})
    manifest = bundle.manifest.model_copy(update={"members": (member,), "tile_sizes": (64, 128)})
    return replace(bundle, manifest=manifest)


def test_tiles_fit_the_page_where_networks_and_backend_take_rectangles(bundle, page):
    page = page[:, :60]
    with Detector(local(bundle), "numpy") as detector:
        found = detector(page)
    with Detector(bundle, "numpy") as detector:
        expected = detector(page)

    assert found.provenance.tile_shapes == ((96, 64),) and found.provenance.tile_size == 96
    assert found.provenance.recipe.tile_sizes is None, "it gives the same tiles again"
    assert expected.provenance.recipe.tile_sizes == (32, 64)
    assert np.allclose(found.probability, expected.probability, atol=1e-6)


def test_tiles_are_squares_where_recipe_or_backend_says_so(bundle, page, monkeypatch):
    with Detector(local(bundle), "numpy", Recipe("own", tile_sizes=(128,))) as detector:
        assert detector(page).provenance.tile_shapes == ((128, 128),)
    with Detector(local(bundle), "numpy") as detector:
        only_squares = replace(detector.setup.uses, rectangles=False)
        monkeypatch.setattr(detector, "setup", replace(detector.setup, uses=only_squares))
        assert detector(page).provenance.tile_shapes == ((128, 128),)


def test_rectangles_are_turned_under_every_symmetry(bundle, page):
    with Detector(local(bundle), "numpy", Recipe("all", tta=D4)) as detector:
        found = detector(page)
    assert np.allclose(found.probability, page.mean(axis=2) / 255, atol=1e-6)
    assert found.uncertainty.max() < 2e-3
