"""Recording a CUDA graph, told to a driver that writes down what it is asked."""

from types import SimpleNamespace

import pytest

from forensics_rt.cuda import graph
from forensics_rt.errors import EngineFailed


class Driver:
    CUstreamCaptureMode = SimpleNamespace(CU_STREAM_CAPTURE_MODE_THREAD_LOCAL="thread")

    def __init__(self, refuses=None):
        self.asked, self.refuses = [], refuses

    def __getattr__(self, name):
        def answer(*arguments):
            self.asked.append((name, *arguments))
            made = {"cuStreamEndCapture": (71,), "cuGraphInstantiate": (72,)}.get(name, ())
            return (900 if name == self.refuses else 0, *made)

        return answer


@pytest.fixture
def driver(monkeypatch):
    played = Driver()
    monkeypatch.setattr(graph.importlib, "import_module", lambda name: played)
    return played


STREAM = SimpleNamespace(handle=5)


def test_work_is_recorded_launched_anywhere_and_given_back_once(driver):
    made = graph.capture(STREAM, lambda: driver.asked.append("work"))
    made.launch(SimpleNamespace(handle=6))
    made.close()
    made.close()

    assert driver.asked == [
        ("cuStreamBeginCapture", 5, "thread"),
        "work",
        ("cuStreamEndCapture", 5),
        ("cuGraphInstantiate", 71, 0),
        ("cuGraphDestroy", 71),
        ("cuGraphLaunch", 72, 6),
        ("cuGraphExecDestroy", 72),
    ]


def test_a_stream_leaves_capture_when_the_work_fails(driver):
    def work():
        raise EngineFailed("cannot run")

    with pytest.raises(EngineFailed, match="cannot run"):
        graph.capture(STREAM, work)
    assert driver.asked[1:] == [("cuStreamEndCapture", 5), ("cuGraphDestroy", 71)]


@pytest.mark.parametrize(
    "step", ["cuStreamBeginCapture", "cuStreamEndCapture", "cuGraphInstantiate"]
)
def test_a_refusal_of_the_driver_is_an_error(driver, step):
    driver.refuses = step
    with pytest.raises(EngineFailed, match="the driver answered 900"):
        graph.capture(STREAM, lambda: None)
    # What was made is destroyed.
    assert (("cuGraphDestroy", 71) in driver.asked) == (step == "cuGraphInstantiate")
