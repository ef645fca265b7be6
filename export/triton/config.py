"""The model configurations, complete: Triton has nothing to find out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from export.triton.members import MemberPlan
from export.triton.request import RepositoryRequest
from export.triton.text_format import Word
from forensics_rt.triton.names import (
    ANSWER,
    ENGINE,
    FILE,
    IMAGE,
    OPTIONS,
    PROBABILITY,
    PROBABILITY_PNG,
    RESULT,
    USUAL,
)

Message = dict[str, Any]
# A member waits so long for more tiles where a batch is not full.
_QUEUE_DELAY = 500
# Members are called by as many requests as the pipelines let in, each with several tiles.
_TILES_A_REQUEST = 16
_DEFAULT_FILES = {"onnxruntime": "model.onnx", "tensorrt": "model.plan"}
_PIXELS, _BYTES = Word("TYPE_UINT8"), Word("TYPE_UINT8")
_FLOATS = Word("TYPE_FP32")


def pipeline_config(
    request: RepositoryRequest,
    name: str,
    instances: int,
    parameters: Mapping[str, str],
    warm_up: Mapping[str, int],
) -> Message:
    """Return the configuration of a model that takes files.

    Args:
        request: The repository.
        name: Of the model.
        instances: How many there are.
        parameters: What its `model.py` reads.
        warm_up: Files to examine before it is ready, with their sizes in bytes.
    """
    return {
        "name": name,
        "backend": "python",
        "max_batch_size": 0,
        "input": [
            {"name": FILE, "data_type": _BYTES, "dims": [-1]},
            {"name": OPTIONS, "data_type": _BYTES, "dims": [-1], "optional": True},
        ],
        "output": [
            {"name": RESULT, "data_type": _BYTES, "dims": [-1]},
            {"name": PROBABILITY_PNG, "data_type": _BYTES, "dims": [-1]},
            {"name": PROBABILITY, "data_type": _FLOATS, "dims": [-1, -1]},
        ],
        "instance_group": [_instances(request, instances)],
        "dynamic_batching": _queue(request, request.queue),
        "parameters": [_parameter(*pair) for pair in parameters.items()],
        "model_warmup": [
            _warm_up(file, {FILE: {"data_type": _BYTES, "dims": [size], "input_data_file": file}})
            for file, size in warm_up.items()
        ],
    }


def member_config(
    request: RepositoryRequest,
    plan: MemberPlan,
    parameters: Mapping[str, str],
    warm_up: Sequence[int],
) -> Message:
    """Return the configuration of a model that takes tiles.

    Args:
        request: The repository.
        plan: The member.
        parameters: What its `model.py` reads; empty for backends of Triton.
        warm_up: Sides of tiles to run before it is ready.
    """
    side = -1 if plan.tile is None else plan.tile
    own = plan.file is None
    outputs: list[Message] = [{"name": ANSWER, "data_type": _FLOATS, "dims": [side, side]}]
    if own:
        outputs.append({"name": ENGINE, "data_type": _BYTES, "dims": [-1]})
    file = {} if own else {"default_model_filename": _DEFAULT_FILES[request.member_backend]}
    return {
        "name": plan.name,
        "backend": request.member_backend,
        **file,
        "max_batch_size": plan.batch,
        "input": [{"name": IMAGE, "data_type": _PIXELS, "dims": [side, side, 3]}],
        "output": outputs,
        "instance_group": [_instances(request, request.member_instances)],
        "dynamic_batching": {
            "preferred_batch_size": [plan.best],
            "max_queue_delay_microseconds": _QUEUE_DELAY if request.on_gpu else 0,
            **_queue(request, request.queue * _TILES_A_REQUEST),
        },
        "parameters": [_parameter(*pair) for pair in parameters.items()],
        "model_warmup": [
            {
                **_warm_up(f"{size}, batch {batch}", {IMAGE: _random_tile(size)}),
                "batch_size": batch,
            }
            for size in warm_up
            for batch in sorted({1, plan.best})
        ],
    }


def _random_tile(side: int) -> Message:
    return {"data_type": _PIXELS, "dims": [side, side, 3], "random_data": True}


def _warm_up(name: str, inputs: Mapping[str, Message]) -> Message:
    filled = [{"key": key, "value": value} for key, value in inputs.items()]
    return {"name": name, "batch_size": 1, "inputs": filled}


def _instances(request: RepositoryRequest, count: int) -> Message:
    return {"count": count, "kind": Word("KIND_GPU" if request.on_gpu else "KIND_CPU")}


def _queue(request: RepositoryRequest, size: int) -> Message:
    return {
        "priority_levels": USUAL,
        "default_priority_level": USUAL,
        "default_queue_policy": {
            "timeout_action": Word("REJECT"),
            "default_timeout_microseconds": request.timeout_microseconds,
            "max_queue_size": size,
        },
    }


def _parameter(key: str, value: str) -> Message:
    return {"key": key, "value": {"string_value": value}}
