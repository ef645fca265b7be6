"""A stream on the host: to the bit what single images give, bounded, and gone when it is left."""

import io
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forensics_rt import Detector, Failure, Page, Recipe
from forensics_rt.backends.base import Backend, Capabilities
from forensics_rt.errors import EngineFailed, RecipeError
from forensics_rt.inference.job import Job
from forensics_rt.io.decode import decode
from forensics_rt.plan.gather import gather
from forensics_rt.plan.score import image_score
from forensics_rt.recipe import D4
from tests.inference.test_ordered import answers_to, working_threads


class Answering(Backend):
    """Answers by brightness, and watches who is in the engine with whom."""

    def __init__(self, batch=2, seconds=0.0, fails_on=None):
        self.capabilities = Capabilities("played", "cpu", "fp32", batch, {"played": "1"})
        self.seconds = seconds
        self.fails_on = fails_on
        self.calls, self.inside, self.most_inside = 0, 0, 0
        self.threads = set()

    def _infer(self, member, images):
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.calls += 1
        self.threads.add(threading.current_thread().name)
        time.sleep(self.seconds)
        if self.fails_on is not None and (images == self.fails_on).all():
            raise RuntimeError("out of luck")
        self.inside -= 1
        return (images.mean(axis=3) / 255 + member / 7).astype(np.float32) % 1

    def close(self): ...


def noisy(count, sizes=((90, 120), (64, 64), (33, 150))):
    random = np.random.default_rng(0)
    return [
        random.integers(0, 256, (*sizes[index % len(sizes)], 3), dtype=np.uint8)
        for index in range(count)
    ]


@pytest.mark.parametrize("recipe", ["balanced", Recipe("d4", tta=D4, overlap=8)], ids=str)
@pytest.mark.parametrize("batch", [1, 3])
def test_maps_are_those_of_single_images_to_the_bit(bundle, recipe, batch):
    images = noisy(9)
    with Detector(bundle, Answering(batch, seconds=1e-4), recipe) as detector:
        alone = [detector(image) for image in images]
        streamed = list(detector.stream(iter(images), decoders=3))

    for one, two in zip(alone, streamed, strict=True):
        assert np.array_equal(one.image, two.image)
        assert np.array_equal(one.probability, two.probability)
        assert one.raw_score == two.raw_score
        if one.uncertainty is not None:
            assert np.array_equal(one.uncertainty, two.uncertainty)


def test_one_thread_calls_the_engine_one_batch_at_a_time(bundle):
    backend = Answering(batch=4, seconds=0.01)
    with Detector(bundle, backend) as detector:
        start = time.perf_counter()
        found = list(detector.stream(noisy(12), decoders=2))
        wall = time.perf_counter() - start

    engine = sum(one.seconds["engine"] for one in found)
    assert backend.most_inside == 1 and len(backend.threads) == 1
    # It never overlaps with itself, so its share of the wall time is true.
    assert backend.calls * 0.01 <= engine <= wall


def test_jobs_of_ones_own_give_their_maps(bundle):
    with Detector(bundle, Answering()) as detector:
        images = noisy(3)
        jobs = [Job(image, detector.setup.plan(*image.shape[:2])) for image in images]
        alone = [detector.inferer.run(job) for job in jobs]

        for maps, one in zip(detector.inferer.stream(jobs), alone, strict=True):
            assert np.array_equal(maps.probability, one.probability)
            assert maps.raw_score == one.raw_score


def test_a_job_that_fails_raises_in_its_turn(bundle):
    images = noisy(3)
    images[1][:] = 7
    with Detector(bundle, Answering(fails_on=7)) as detector:
        jobs = [Job(image, detector.setup.plan(*image.shape[:2])) for image in images]
        results = detector.inferer.stream(jobs)
        next(results)
        with pytest.raises(EngineFailed, match="out of luck"):
            next(results)


def test_the_next_image_is_in_the_engine_while_one_is_finished(bundle, monkeypatch):
    finishing, computing, overlapped = threading.Event(), threading.Event(), []

    class OneByOne(Answering):
        def _infer(self, member, images):
            if self.calls:  # of the second image
                finishing.wait(10)
                computing.set()
            return super()._infer(member, images)

    def watched(probability):
        finishing.set()
        overlapped.append(computing.wait(10))
        return image_score(probability)

    monkeypatch.setattr("forensics_rt.inference.host.image_score", watched)
    recipe = Recipe("one tile", tile_sizes=(64,), members=1)
    with Detector(bundle, OneByOne(batch=1), recipe) as detector:
        list(detector.stream(noisy(2, sizes=[(64, 64)])))

    assert overlapped == [True, True]


def test_the_next_batch_is_gathered_while_one_is_in_the_engine(bundle, monkeypatch):
    backend = Answering(batch=1, seconds=0.02)
    seen = []

    def watched(*arguments):
        seen.append(backend.inside)
        return gather(*arguments)

    monkeypatch.setattr("forensics_rt.plan.gather.gather", watched)
    with Detector(bundle, backend) as detector:
        list(detector.stream([noisy(1)[0]]))

    assert seen[0] == 0 and sum(seen[1:]) >= (len(seen) - 1) / 2


def test_few_images_are_under_way_however_many_come(bundle):
    read, most = 0, 0

    def sources():
        nonlocal read
        for image in noisy(40):
            read += 1
            yield image

    with Detector(bundle, Answering()) as detector:
        for done, _ in enumerate(detector.stream(sources(), decoders=2, images_ahead=4)):
            most = max(most, read - done)
            time.sleep(0.002)

    assert most <= 5, "four under way, one read that waits for its turn"


def test_a_source_that_waits_for_the_answer_gets_it(bundle):
    with Detector(bundle, Answering()) as detector:
        found = list(answers_to(noisy(4), detector.stream))

    assert len(found) == 4


def test_images_of_many_pixels_do_not_go_together(bundle, monkeypatch):
    large, small = np.zeros((100, 100, 3), np.uint8), np.zeros((40, 40, 3), np.uint8)
    images = [small, small, large, large, small, large]
    under_way, most = [], 0
    lock = threading.Lock()

    with Detector(bundle, Answering(seconds=0.002)) as detector:

        def watched(image, *options):
            nonlocal most
            with lock:
                under_way.append(image.size // 3)
                most = max(most, sum(under_way))
            return decode(image, *options)

        monkeypatch.setattr("forensics_rt.image_task.decode", watched)
        for detection in detector.stream(images, decoders=4, pixels_ahead=15_000):
            with lock:
                under_way.remove(detection.probability.size)

    assert most <= 15_000


def test_an_engine_that_fails_on_an_image_fails_that_image(bundle):
    images = noisy(5)
    images[2][:] = 7
    with Detector(bundle, Answering(fails_on=7)) as detector:
        found = list(detector.stream(images, on_error="yield"))
        with pytest.raises(EngineFailed, match="out of luck"):
            list(detector.stream(images))

    assert [isinstance(one, Failure) for one in found] == [False, False, True, False, False]


def test_leaving_early_ends_the_threads_with_the_present_batch(bundle):
    before = working_threads()
    huge = np.zeros((2000, 2000, 3), np.uint8)
    backend = Answering(batch=1, seconds=0.005)
    with Detector(bundle, backend) as detector:
        results = detector.stream([noisy(1)[0], huge, huge])
        next(results)
        results.close()

    tiles = (2000 // 64) ** 2
    assert backend.calls < tiles / 4, "an image of a thousand tiles is not computed to its end"
    assert working_threads() == before


@pytest.mark.parametrize("name", ["decoders", "images_ahead", "pixels_ahead"])
def test_numbers_below_one_are_refused_at_once(detector, name):
    with pytest.raises(RecipeError, match=f"{name} must be 1 or more, but is 0"):
        detector.stream([], **{name: 0})


@pytest.mark.parametrize("name", ["decoders", "images_ahead", "pixels_ahead"])
@pytest.mark.parametrize("value", ["2", 1.5, True])
def test_what_is_no_number_is_refused_at_once(detector, name, value):
    with pytest.raises(RecipeError, match=f"{name} must be a whole number of 1 or more, but is"):
        detector.stream([], **{name: value})


@pytest.mark.parametrize(
    "one",
    [
        *("scan.jpg", Path("scan.jpg"), Page("scan.jpg", 1), b"\xff\xd8", bytearray(b"\xff\xd8")),
        *(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)),
        *(Image.new("L", (4, 4)), io.BytesIO(b"\xff\xd8")),
    ],
)
def test_one_image_in_place_of_several_is_refused_at_once(detector, one):
    with pytest.raises(TypeError, match=r"but is \S+; for one image, give a list with it"):
        detector.stream(one)


def test_what_is_no_list_at_all_is_refused_at_once(detector):
    with pytest.raises(TypeError, match="must be several images, but is a int; give a list"):
        detector.stream(5)


def test_an_array_of_several_images_is_several_images(detector):
    images = np.stack([np.full((20, 30, 3), value, np.uint8) for value in (0, 255)])

    assert [one.score for one in detector.stream(images)] == [0.0, 1.0]


def test_an_unknown_way_with_errors_is_refused_at_once(detector):
    with pytest.raises(RecipeError, match="must be 'raise' or 'yield', but is 'skip'"):
        detector.stream([], on_error="skip")


def test_stages_are_timed(bundle, page):
    with Detector(bundle, Answering()) as detector:
        (detection,) = detector.stream([page])

    assert list(detection.seconds) == ["decode", "plan", "gather", "engine", "merge", "finish"]


class Alone(Answering):
    """Counts the calls that have the whole processor; the others wait for a signal."""

    def __init__(self):
        super().__init__()
        self.alone = 0
        self.go_on = threading.Event()

    def infer_alone(self, member, images):
        self.alone += 1
        return super().infer(member, images)

    def _infer(self, member, images):
        assert self.go_on.wait(10)
        return super()._infer(member, images)


def test_in_a_lane_that_lasts_a_tile_without_company_gets_the_whole_processor(bundle):
    engine = Alone()
    with Detector(bundle, engine) as detector:
        lane = detector.inferer.open_lane(lasting=True)

        def submit():
            task = detector.task(noisy(1, [(40, 40)])[0])
            prepared = Future()
            prepared.set_result(task.prepare())
            return lane.submit(task, prepared)

        first, second = submit(), submit()
        engine.go_on.set()
        maps = [first.result(10).probability, second.result(10).probability]
        together = engine.alone
        third = submit().result(10).probability
        lane.stop()
        lane.close()
    assert together <= 1, "the second one came while the first one was there"
    assert engine.alone == together + 1
    assert all(np.array_equal(maps[0], other) for other in (maps[1], third))
