"""Compiled graphs are kept in one cache: what Python kept serves C, and the other way round."""

import hashlib
import os
import shutil
import threading

import numpy as np
import pytest

from forensics_rt import Bundle, Detector
from forensics_rt.system.kept_files import KeptFiles
from tests.bundles import stand_in_graph, write_bundle
from tests.native.library import NativeError
from tests.native.test_formats import versions

FLOAT32 = {"precision": "float32"}
PAGE = np.random.default_rng(9).integers(0, 256, (150, 90, 3), np.uint8)
LONG_AGO = 1_000_000_000


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "graphs"


@pytest.fixture
def folds(tmp_path, cache):
    """A bundle of which it is known that two tiles side by side are faster, here and in C."""
    graphs = [stand_in_graph(fold) for fold in range(2)]
    bundle = write_bundle(tmp_path / "folds", graphs, weights=(1.0, 3.0))  # no other test has it
    two_are_faster(bundle, cache)
    return bundle


def two_are_faster(bundle, cache):
    """Have it known that two tiles side by side are faster, whatever this machine measures."""
    asked = f"{bundle.id} one two {versions().replace(', shared', ' f32')}"
    file = (
        cache.parent / "openvino" / f"{hashlib.sha256(asked.encode()).hexdigest()[:16]}.speed.json"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"ratios": {"one": 1.0, "two": 2.0}, "tile": 64, "seconds": 0.1}')


def python(bundle, page=PAGE):
    with Detector(bundle, "openvino") as detector:
        return detector(page).probability


def of_c(native, bundle, page=PAGE, times=2, **options):
    """The map; the second image of a detector is computed two tiles side by side."""
    with native.open(bundle.path, **FLOAT32, **options) as detector:
        found = [detector.detect(page).probability for _ in range(times)]
    assert all(np.array_equal(found[0], one) for one in found)
    return found[0]


def kept(cache):
    return sorted(file.name for file in cache.iterdir())


def ages(cache):
    """Return when each file was used, and say that it was long ago."""
    found = {file.name: file.stat().st_mtime for file in cache.iterdir()}
    for file in cache.iterdir():
        os.utime(file, (LONG_AGO, LONG_AGO))
    return found


def test_c_uses_what_python_kept(native, folds, cache):
    expected = python(folds)
    names = kept(cache)
    ages(cache)

    assert np.array_equal(of_c(native, folds), expected)
    used = [name for name, age in ages(cache).items() if age > LONG_AGO]
    assert set(names) <= set(used)


def test_python_uses_what_c_kept(native, folds, cache):
    expected = of_c(native, folds)
    names = kept(cache)
    assert names and all(name.endswith(".graph") for name in names)
    ages(cache)

    assert np.array_equal(python(folds), expected)
    assert any(age > LONG_AGO for age in ages(cache).values())
    assert kept(cache) == names


def test_the_second_start_keeps_nothing_new(native, folds, cache):
    expected = of_c(native, folds)
    names = kept(cache)
    ages(cache)

    assert np.array_equal(of_c(native, folds), expected)
    assert kept(cache) == names
    assert all(age > LONG_AGO for age in ages(cache).values())


@pytest.mark.parametrize("spoil", ["changed", "cut", "foreign", "others can write", "not a graph"])
def test_a_graph_that_was_damaged_is_compiled_again(native, folds, cache, spoil):
    expected = of_c(native, folds, times=1)
    first, second, *_ = kept(cache)
    file = cache / first
    whole = file.read_bytes()
    if spoil == "changed":
        file.write_bytes(whole[:99] + bytes([whole[99] ^ 1]) + whole[100:])
    elif spoil == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif spoil == "foreign":
        shutil.copy(cache / second, file)
    elif spoil == "not a graph":
        file.write_bytes(b"no graph")
    else:
        file.chmod(0o622)

    assert np.array_equal(of_c(native, folds, times=1), expected)
    assert file.stat().st_mode & 0o777 == 0o600
    again = file.read_bytes()
    assert len(again) == pytest.approx(len(whole), rel=0.01) and again != whole[: len(again) // 2]
    assert np.array_equal(of_c(native, folds, times=1), expected)


def test_an_altered_bundle_is_refused_though_its_graph_is_kept(native, folds, cache):
    of_c(native, folds)
    graph = folds.file(folds.manifest.members[0].graph)
    whole = graph.read_bytes()
    graph.write_bytes(whole + b"?")
    with pytest.raises(NativeError, match="not as it was built"), native.open(folds.path):
        pass
    graph.write_bytes(whole)
    with native.open(folds.path, **FLOAT32) as detector:
        graph.write_bytes(whole + b"?")
        with pytest.raises(NativeError, match="changed since the bundle was opened"):
            detector.detect(PAGE)


def test_where_nothing_can_be_kept_a_warning_says_so(native, folds, tmp_path, monkeypatch):
    said = []
    (tmp_path / "taken").write_text("a file, not a folder")
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "taken"))
    found = of_c(native, folds, log=lambda level, message, user: said.append(message.decode()))
    assert np.array_equal(found, python(folds))
    assert [one for one in said if "Every start compiles the graphs again" in one]


def test_many_shapes_and_threads_give_the_bits_of_python(native, folds, cache):
    """More shapes than are held at a time, from several threads."""
    random = np.random.default_rng(1)
    pages = [
        random.integers(0, 256, (8 * (3 + n), 8 * (4 + n % 5), 3), np.uint8) for n in range(16)
    ]
    expected = [python(folds, page) for page in pages]
    wrong = []
    with native.open(folds.path, **FLOAT32) as detector:

        def ask(first):
            for n in range(len(pages)):
                at = (first + n) % len(pages)
                found = detector.detect(pages[at]).probability
                wrong.append(not np.array_equal(found, expected[at]))

        threads = [threading.Thread(target=ask, args=(4 * n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(wrong) == 64 and not any(wrong)


def test_each_shape_has_a_graph_where_two_tiles_run_side_by_side(native, folds, cache, tmp_path):
    """A graph for any shape would need less memory, but rounds otherwise than those of Python."""
    members = [one.model_copy(update={"pools_over_tile": False}) for one in folds.manifest.members]
    manifest = folds.manifest.with_networks(members).model_copy(update={"tile_sizes": (96, 256)})
    for record in manifest.files():
        (tmp_path / record.path).parent.mkdir(exist_ok=True)
        (tmp_path / record.path).write_bytes(folds.file(record).read_bytes())
    (tmp_path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    bundle = Bundle.open(tmp_path)
    two_are_faster(bundle, cache)
    other = np.random.default_rng(4).integers(0, 256, (90, 300, 3), np.uint8)
    with Detector(bundle, "openvino") as detector:
        expected = [detector(page) for page in (PAGE, other)]
    shapes = [one.provenance.tile_shapes for one in expected]
    assert len(set(shapes[0])) == len(set(shapes[1])) == 1 and set(shapes[0]) != set(shapes[1])
    for file in cache.iterdir():
        file.unlink()

    with native.open(bundle.path, **FLOAT32) as detector:
        for which in (0, 0, 1, 0, 1):
            found = detector.detect((PAGE, other)[which]).probability
            assert np.array_equal(found, expected[which].probability)

    # Of each of two networks: for a tile that is alone, and for two of each shape.
    assert len(kept(cache)) == 2 * 3


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole,
        lambda whole: whole[:-1],
        lambda whole: whole + b"\0",
        lambda whole: whole[:5],
        lambda whole: b"",
        lambda whole: b"?" + whole[1:],
        lambda whole: whole[:-40] + b"?" + whole[-39:],
    ],
)
def test_files_are_read_and_written_alike(twin, tmp_path, change):
    files = KeptFiles(tmp_path / "kept", 1_000_000)
    of_twin = {"kept": str(tmp_path / "kept"), "subject": "what it is"}
    twin({**of_twin, "name": "c", "keep": "from C"})
    files.write("python", "what it is", b"from Python")
    assert bytes(files.read("c", "what it is")) == b"from C"
    assert twin({**of_twin, "name": "python"}) == "from Python"
    assert twin({**of_twin, "name": "python", "subject": "else"}) is None

    for name in ("c", "python"):
        file = tmp_path / "kept" / name
        file.write_bytes(change(file.read_bytes()))
        sound = files.read(name, "what it is") is not None
        assert (twin({**of_twin, "name": name}) is not None) == sound


def test_those_used_longest_ago_go_first(twin, tmp_path):
    of_twin = {"kept": str(tmp_path), "subject": "what it is", "most": 300}
    for second, name in enumerate("abc"):
        twin({**of_twin, "name": name, "keep": "x" * 30})
        os.utime(tmp_path / name, (second, second))
    assert twin({**of_twin, "name": "a"}) == "x" * 30  # now b is that which was used longest ago

    twin({**of_twin, "name": "d", "keep": "x" * 30})
    twin({**of_twin, "name": "large", "keep": "x" * 300})
    assert sorted(os.listdir(tmp_path)) == ["a", "c", "d"]
