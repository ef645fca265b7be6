import threading

import pytest

from forensics_rt.system.threads import open_pool


def test_all_threads_are_there_before_the_work():
    with open_pool(3, "early") as pool:
        names = {thread.name for thread in threading.enumerate()}
        assert {"early_0", "early_1", "early_2"} <= names
        assert list(pool.map(abs, [-1, 2, -3])) == [1, 2, 3]


def test_where_there_is_no_room_for_all_none_stays(monkeypatch):
    start = threading.Thread.start

    def refuse(thread):
        if thread.name == "early_2":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)

    with pytest.raises(RuntimeError, match="can't start new thread"):
        open_pool(3, "early")
    assert not [one for one in threading.enumerate() if one.name.startswith("early")]
