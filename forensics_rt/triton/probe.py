"""Is a model ready? Asked by a real small inference: the server's own word covers dead workers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import numpy as np

from forensics_rt.errors import ServerUnreachable
from forensics_rt.io.image_files import encode_image
from forensics_rt.triton.names import ANSWER, FILE, IMAGE, RESULT
from forensics_rt.triton.protocol import TritonHttp
from forensics_rt.triton.replies import Reply

State = Literal["answers", "busy", "worker dead", "not loaded", "fails", "unreachable"]
# The worst first: of several probes of a model it counts.
_WORST: tuple[State, ...] = (
    "unreachable",
    "not loaded",
    "worker dead",
    "fails",
    "busy",
    "answers",
)
_SIDE, _LEAST_TILE = 96, 32
_OWN_TEXT = "forensics_rt: "  # begins what the models of this package say themselves
_seeds = count()


@dataclass(frozen=True)
class Health:
    """What probes of a model found.

    Attributes:
        model: Its name.
        state: The worst that was found. `busy` is a refusal for a full queue: the server works.
        reason: What the server said; empty where it answers.
    """

    model: str
    state: State
    reason: str = ""

    @property
    def ready(self) -> bool:
        """Whether every probe was answered."""
        return self.state == "answers"


def probe(server: TritonHttp, model: str, times: int | None = None) -> Health:
    """Find out whether every worker of a model answers.

    Args:
        server: Where it runs.
        model: A pipeline, or a member.
        times: How many probes; `None` for two a worker, because the server chooses which one
            answers.

    Example:
        >>> probe(TritonHttp("http://127.0.0.1:8000"), "forensics_rt").state  # doctest: +SKIP
        'answers'
    """
    try:
        config = server.config(model)
    except ServerUnreachable as error:
        return Health(model, "unreachable", str(error))
    if config is None:
        return Health(model, "not loaded", f"the server has no model {model} that is ready")
    rounds = 2 * workers_of(config) if times is None else times
    found = []
    for _ in range(rounds):
        found.append(_one(server, model, config))
        if found[-1].state not in ("answers", "busy"):
            break  # known to need help, and each further one may take its whole timeout
    return worst(found)


def workers_of(config: Mapping[str, Any]) -> int:
    """Return how many instances a model has, from its configuration."""
    return max(1, sum(int(group.get("count", 1)) for group in config.get("instance_group", [])))


def worst(found: Iterable[Health]) -> Health:
    """Return the worst of several; there is at least one."""
    return min(found, key=lambda one: _WORST.index(one.state))


def judge(model: str, reply: Reply) -> Health:
    """Say what a reply to a probe means.

    Args:
        model: That was asked.
        reply: What came.
    """
    said = reply.text
    if reply.status == http.client.OK:
        return Health(model, "answers")
    if reply.status == http.client.SERVICE_UNAVAILABLE and "not ready" not in said:
        return Health(model, "busy", said)
    if "is not healthy" in said and not said.startswith(_OWN_TEXT):
        return Health(model, "worker dead", said)
    if "unknown model" in said or "not ready" in said or "not found" in said:
        return Health(model, "not loaded", said)
    return Health(model, "fails", f"{reply.status} {said}")


def _one(server: TritonHttp, model: str, config: Mapping[str, Any]) -> Health:
    inputs = {one["name"]: one for one in config.get("input", [])}
    random = np.random.default_rng(next(_seeds))  # new each time: what is known is not computed
    try:
        if FILE in inputs:
            noise = random.integers(0, 256, (_SIDE, _SIDE, 3), np.uint8)
            file = encode_image(".png", noise)
            reply = server.infer(model, FILE, file, [len(file)], RESULT)
            if reply.status == http.client.OK:
                json.loads(reply.outputs[RESULT])
            return judge(model, reply)
        side = max(int(inputs[IMAGE]["dims"][0]), _LEAST_TILE)
        tile = random.integers(0, 256, (1, side, side, 3), np.uint8)
        return judge(model, server.infer(model, IMAGE, tile.tobytes(), [*tile.shape], ANSWER))
    except ServerUnreachable as error:
        # It said a moment ago that the model is there: it hangs, or ends.
        return Health(model, "fails", str(error))
    except (KeyError, ValueError) as error:
        return Health(model, "fails", f"is no model of forensics_rt, or answers wrongly: {error!r}")
