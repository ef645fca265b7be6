"""A detector in other processes: pickled for them, or refused in one line."""

import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from forensics_rt import Bundle, Detector, Recipe
from forensics_rt.backends.registry import open_backend
from forensics_rt.errors import BackendUnavailable, BundleAltered
from tests.bundles import constant_graph, write_bundle

RECIPE = Recipe("own", overlap=8, tta=("identity", "transpose"))


def score_of(detector, image):
    return os.getpid(), detector(image).score


def test_another_process_opens_it_again(bundle, page):
    with Detector(bundle, "numpy") as detector:
        here = detector(page).score
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            process, there = pool.submit(score_of, detector, page).result(timeout=120)

    assert there == here and process != os.getpid()


def test_it_is_opened_as_it_was_asked_for(bundle, page, monkeypatch, tmp_path):
    monkeypatch.chdir(bundle.path.parent)
    asked = {"backend": "numpy", "recipe": RECIPE, "threshold": 0.7, "max_pixels": 99_999}
    with Detector(bundle.path.name, **asked) as detector:
        packed = pickle.dumps(detector)
    monkeypatch.chdir(tmp_path)
    with pickle.loads(packed) as again:
        assert again.threshold == 0.7 and again.capabilities.name == "numpy"
        assert again.recipe == detector.recipe and again.bundle.id == bundle.id
        expected = Detector(bundle, **asked)(page)
        assert np.array_equal(again(page).probability, expected.probability)


def test_another_bundle_in_its_place_is_refused(bundle):
    with Detector(bundle, "numpy") as detector:
        packed = pickle.dumps(detector)
    write_bundle(bundle.path, [constant_graph(0.5)])

    with pytest.raises(BundleAltered, match=f"must have the id {bundle.id}, as when"):
        pickle.loads(packed)


def test_what_cannot_be_opened_again_says_so(bundle):
    with Detector(bundle, open_backend(bundle, "numpy")) as detector:
        with pytest.raises(BackendUnavailable, match=r"name it \(backend='openvino'\)"):
            pickle.dumps(detector)
    with pytest.raises(BackendUnavailable, match="the detector is closed"):
        pickle.dumps(detector)


def in_a_fork(work):
    """Return what a function returns, or the error it raises, in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = work()
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writing, str(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        answer = stream.read().decode()
    os.waitpid(child, 0)
    return answer


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_torch_that_ran_before_a_fork_says_so_instead_of_hanging(bundle, page):
    pytest.importorskip("torch")
    with Detector(bundle, "torch") as detector:
        detector(page)
        of_parent = in_a_fork(lambda: detector(page).score)
        made_there = in_a_fork(lambda: Detector(Bundle.open(bundle.path), "torch"))
        assert detector(page).score, "the parent goes on"

    for answer in (of_parent, made_there):
        assert answer.startswith("BackendUnavailable: torch ran before this process was forked")
        assert "spawn" in answer and "make the detector in the child" in answer


FORK_BEFORE_USE = """
import os, sys
import numpy as np
from forensics_rt import Detector
page = np.zeros((40, 40, 3), np.uint8)
detector = Detector(sys.argv[1], "torch")
child = os.fork()
if child == 0:
    with Detector(sys.argv[1], "torch") as own:
        print(own(page).score, detector(page).score, flush=True)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_torch_may_be_used_in_a_child_if_the_parent_did_not(bundle):
    pytest.importorskip("torch")
    done = subprocess.run(
        [sys.executable, "-c", FORK_BEFORE_USE, str(bundle.path)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and done.stdout.split() == ["0.0", "0.0"], done.stderr


DROPPED_IN_CHILD = """
import os, sys
import numpy as np
from forensics_rt import Detector
page = np.random.default_rng(0).integers(0, 256, (70, 70, 3), np.uint8)
detector = Detector(sys.argv[1], "openvino")
print(detector(page).score, flush=True)
child = os.fork()
if child == 0:
    print(detector(page).score, flush=True)
    detector.close()
    del detector
    with Detector(sys.argv[1], "openvino") as own:
        print(own(page).score, flush=True)
    sys.exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_openvino_goes_on_in_a_child_which_may_drop_what_it_inherited(bundle, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", DROPPED_IN_CHILD, str(bundle.path)],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"FORENSICS_RT_CACHE": str(tmp_path / "cache")},
    )

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 3 and len(set(done.stdout.split())) == 1


FORKED_WHILE_KEEPING = """
import os, sys, threading, time
import numpy as np
from forensics_rt import Detector
from forensics_rt.backends.openvino_cache import CompiledGraphCache
write = CompiledGraphCache._write
CompiledGraphCache._write = lambda *told: (time.sleep(0.5), write(*told))
names = lambda: [thread.name for thread in threading.enumerate()]
detector = Detector(sys.argv[1], "openvino")
detector(np.zeros((70, 70, 3), np.uint8))
print("keep graph" in names(), flush=True)
child = os.fork()
if child == 0:
    os._exit(0)
print("keep graph" in names())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_no_graph_is_being_kept_while_a_process_is_forked(bundle, tmp_path):
    """The thread that keeps it has the engine's locks, which the child would wait for."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED_WHILE_KEEPING, str(bundle.path)],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"FORENSICS_RT_CACHE": str(tmp_path / "cache")},
    )

    assert done.returncode == 0 and done.stdout.split() == ["True", "False"], done.stderr
