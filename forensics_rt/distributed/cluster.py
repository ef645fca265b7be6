"""The Ray cluster: connected to, measured, and one driver at a time for one folder of results."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forensics_rt.distributed.places import Place
from forensics_rt.errors import DistributedError, OutputError
from forensics_rt.io.optional import load_optional

_NAMESPACE = "forensics_rt"
# Ray ends the actors of a driver that was killed within a few seconds.
_PATIENCE = 60.0
_MOST_THREADS = 4


@contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """Connect to a cluster while the block runs, or start one of this machine's CPUs.

    Args:
        address: `auto`, or where its head is; `local` or `None` for a cluster of this machine, or
            for the one that this process is connected to already.

    Raises:
        DistributedError: If there is no cluster at the address.
        OptionalDependency: If Ray is not installed.
    """
    ray = load_optional("ray", "ray", "a run on Ray")
    if ray.is_initialized():
        yield ray
        return
    try:
        if address in (None, "local"):
            ray.init(include_dashboard=False, log_to_driver=False)
        else:
            ray.init(address=address, log_to_driver=False)
    except Exception as error:  # what Ray raises on a machine that is too busy is a bare Exception
        raise DistributedError(
            f"{address or 'local'}: no Ray cluster answers there: {error}; start one with `ray "
            "start --head`, or take the address `local` for this machine alone"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def alone_with(ray: Any, out: Place) -> Iterator[None]:
    """Keep other drivers of the cluster away from a folder of results while the block runs.

    Raises:
        OutputError: If another run writes there.
    """
    name = hashlib.sha256(out.name.encode()).hexdigest()[:16]
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            holder = ray.remote(_Holder).options(name=name, namespace=_NAMESPACE, num_cpus=0)
            # Ends with its driver, however that ends: so nobody has to clear a lock away.
            actor = holder.remote()
            break
        except ValueError as error:
            if time.monotonic() > until:
                raise OutputError(
                    f"{out.name}: another run of this cluster writes there; wait for it, or give "
                    "another folder for `results`"
                ) from error
            time.sleep(0.5)
    try:
        yield
    finally:
        ray.kill(actor)


class _Holder:
    pass


def usual_threads(ray: Any) -> int:
    """Return how many CPUs a worker has unless told: those of the smallest machine, up to four.

    A worker for each CPU is a little faster, and takes as much memory for each.
    """
    cpus = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
    return int(min(_MOST_THREADS, min((count for count in cpus if count >= 1), default=1)))


def workers_that_fit(ray: Any, resources: dict[str, float]) -> int:
    """Return how many workers the machines of the cluster have room for.

    Raises:
        DistributedError: If none has.
    """
    names = {"num_cpus": "CPU", "num_gpus": "GPU"}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    fit = sum(
        int(min(node.get(names[name], 0) / wanted for name, wanted in resources.items() if wanted))
        for node in nodes
    )
    if fit == 0:
        there = ", ".join(
            f"{node.get('CPU', 0):g} CPUs {node.get('GPU', 0):g} GPUs" for node in nodes
        )
        wanted = ", ".join(f"{names[name]} {value:g}" for name, value in resources.items())
        raise DistributedError(
            f"a worker needs {wanted}, but the machines have {there}; take fewer `threads`"
        )
    return fit
