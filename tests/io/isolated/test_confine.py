"""A decoder that was taken over starts no program and opens no connection."""

import subprocess
import sys

import pytest

from forensics_rt.io.isolated.confine import confine, why_not

_CHILD = """
import os, socket, subprocess, sys, threading
from forensics_rt.io.isolated.confine import confine
assert confine()
def refused(attempt):
    try:
        attempt()
    except PermissionError:
        return "refused"
    return "allowed"
def start():
    subprocess.run(["true"])
def other_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(refused(socket.socket)))
    thread.start(); thread.join()
    return found[0]
print(refused(start), refused(socket.socket), refused(lambda: os.kill(os.getppid(), 0)),
      other_thread(), refused(lambda: open("/dev/null").close()))
"""


@pytest.mark.skipif(why_not() is not None, reason=f"{why_not()}")
def test_programs_connections_and_other_processes_are_out_of_reach():
    done = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True)
    assert done.stdout.split() == ["refused"] * 4 + ["allowed"], done.stderr


@pytest.mark.skipif(why_not() is None, reason="this system confines")
def test_where_a_system_cannot_nothing_is_pretended():
    assert confine() is False
