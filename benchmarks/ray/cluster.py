"""A Ray cluster of several nodes on this machine, whose processes can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

# As few processes as Ray can do with, and none that looks at files of the user.
_SETTINGS = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
# A dead node is noticed within seconds; workers have the niceness of whoever starts the cluster,
# and not 15 more.
_SYSTEM = {
    "health_check_period_ms": 1000,
    "health_check_failure_threshold": 3,
    "worker_niceness": 0,
}
_STORE = 100_000_000
# On a busy machine a node may take longer to start than Ray waits for.
_TRIES = 5


@dataclass
class LocalCluster:
    """The cluster.

    Attributes:
        address: What drivers connect to.
    """

    address: str
    _cluster: Any
    _others: list[Any]

    def workers(self) -> list[psutil.Process]:
        """Return the processes of workers of forensics_rt, in the order of their ids."""
        return [one for one in self.processes() if _title(one).startswith("ray::Worker")]

    def processes(self) -> list[psutil.Process]:
        """Return all processes of the cluster."""
        nodes = [self._cluster.head_node, *self._others]
        pids = {
            info.process.pid
            for node in nodes
            for infos in node.all_processes.values()
            for info in infos
        }
        found: dict[int, psutil.Process] = {}
        for pid in pids:
            try:
                process = psutil.Process(pid)
                below = [process, *process.children(recursive=True)]
                found |= {one.pid: one for one in below}
            except psutil.NoSuchProcess:
                continue
        return [found[pid] for pid in sorted(found)]

    def lose_node(self) -> None:
        """Kill the last node with all that runs there."""
        self._cluster.remove_node(self._others.pop(), allow_graceful=False)


@contextmanager
def local_cluster(nodes: int, cpus: int = 1, path: Path | None = None) -> Iterator[LocalCluster]:
    """Start a cluster, and end it with the block.

    Args:
        nodes: How many, the head among them.
        cpus: CPUs of each, as Ray counts them.
        path: Comes first among the folders that the workers import from; `None` for none.
    """
    root = str(Path(__file__).parents[2])
    folders = [*([str(path)] if path else []), root, os.environ.get("PYTHONPATH", "")]
    before = dict(os.environ)
    os.environ.update(_SETTINGS, PYTHONPATH=os.pathsep.join(filter(None, folders)))
    try:
        cluster, others = _started(nodes, cpus)
        try:
            yield LocalCluster(cluster.address, cluster, others)
        finally:
            cluster.shutdown()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _started(nodes: int, cpus: int) -> tuple[Any, list[Any]]:
    from ray.cluster_utils import Cluster

    each = {"num_cpus": cpus, "object_store_memory": _STORE}
    for tried in range(1, _TRIES + 1):
        cluster = Cluster()
        try:
            cluster.add_node(**each, include_dashboard=False, _system_config=_SYSTEM)
            return cluster, [cluster.add_node(**each) for _ in range(nodes - 1)]
        except Exception:  # Ray waits 30 s for a node, and raises no more than that
            cluster.shutdown()
            if tried == _TRIES:
                raise
    raise AssertionError


def start_driver(address: str, pages: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    """Start `forensics-rt detect --ray` in a process of its own.

    Args:
        address: Of the cluster.
        pages: What to examine.
        out: The results.
        options: More of the command's.
    """
    command = [sys.executable, "-m", "forensics_rt", "detect", str(pages), "--ray", address]
    return subprocess.Popen(
        [*command, "--out", str(out), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
