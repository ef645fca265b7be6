"""Reading an engine back: what is not what was asked for does not pass."""

from __future__ import annotations

from typing import Any

import pytest

from export.errors import ExportError
from export.tensorrt.order import EngineAnswer
from export.tensorrt.plan import constant_bytes
from export.tensorrt.readback import read_back

ASKED = {"first": "fp16", "second": "fp16", "head": "fp32"}
NETWORK = {"first": "fp16", "relu": "fp16", "second": "fp16", "pool": "fp32", "head": "fp32"}


def answer(**changes: Any) -> EngineAnswer:
    values: dict[str, Any] = {"network": NETWORK, "weight_bytes": {"fp16": 990, "fp32": 10}}
    return EngineAnswer(**(values | changes))


def layer(name: str, kind: str, field: str = "Format/Datatype", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Inputs": [{"Name": "x", field: kind}], "Outputs": [], **more}


def test_what_was_asked_for_passes_and_is_counted() -> None:
    found = read_back(answer(), ASKED, "fp16")
    assert found.layer_types == {"fp16": 3, "fp32": 2}
    assert found.weight_bytes == {"fp16": 990, "fp32": 10}
    assert found.read_from == "network"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"network": {**NETWORK, "second": "fp32"}}, "layer second computes in fp32, asked was"),
        ({"network": {**NETWORK, "head": "fp16"}}, "layer head computes in fp16, asked was fp32"),
        ({"network": {"first": "fp16", "head": "fp32"}}, "layer second is not in the network"),
        ({"weight_bytes": {"fp32": 900, "fp16": 100}}, "10% of the plan's weights are fp16"),
        ({"engine": {"Layers": [layer("first", "Float")]}}, "layer first computes in fp32, asked"),
    ],
)
def test_a_mismatch_fails(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ExportError, match=expected):
        read_back(answer(**changes), ASKED, "fp16")


def test_an_engine_in_which_nothing_has_the_precision_fails() -> None:
    kept = dict.fromkeys(ASKED, "fp32")
    network = dict.fromkeys(NETWORK, "fp32")
    with pytest.raises(ExportError, match="no layer with weights is left to compute in fp16"):
        read_back(answer(network=network, weight_bytes={}), kept, "fp16")


def test_a_plan_that_does_not_tell_is_no_evidence() -> None:
    assert read_back(answer(weight_bytes={}), ASKED, "fp16").weight_bytes == {}


TEN = [
    layer("first + relu", "Channel major FP16 format where channel % 8 == 0"),
    layer("second", "Half", Metadata="[ONNX Layer: second]"),
    layer("fused", "Row major linear FP32", Metadata="[ONNX Layer: head]\x1f[ONNX Layer: pool]"),
]
ELEVEN = [
    layer("first + relu", "Half", "DataType", Format="Channel major"),
    layer("__myl_Conv_0", "Half", "DataType", Metadata="[ONNX Layer: second]"),
    layer("__myl_Fc_1", "Float", "DataType", Metadata="[ONNX Layer: head]"),
]


@pytest.mark.parametrize("layers", [TEN, ELEVEN])
def test_the_inspector_is_believed_before_the_network(layers: list[dict[str, Any]]) -> None:
    found = read_back(answer(engine={"Layers": layers}), ASKED, "fp16")
    assert (found.layer_types, found.read_from) == ({"fp16": 2, "fp32": 1}, "engine")


def test_names_alone_say_nothing_of_types() -> None:
    report = {"Layers": ["first", "second"]}
    found = read_back(answer(engine=report), ASKED, "fp16")
    assert (found.layer_types, found.read_from) == ({"fp16": 3, "fp32": 2}, "network")


def test_bfloat16_is_not_taken_for_float_nor_for_float16() -> None:
    asked, network = {"first": "bf16"}, {"first": "bf16"}
    for said in ("BFloat16", "Row major linear BF16"):
        report = {"Layers": [layer("first", said)]}
        made = EngineAnswer(network=network, engine=report)
        assert read_back(made, asked, "bf16").layer_types == {"bf16": 1}


def tensor(name: str, kind: str) -> dict[str, str]:
    return {"Name": name, "Format/Datatype": kind}


ENDS = {"Bindings": ["image", "probability"]}


def test_the_pixels_that_go_in_are_not_taken_for_int8() -> None:
    first = {
        "Name": "cast + first",
        "Inputs": [tensor("image", "UInt8")],
        "Outputs": [tensor("x", "Half")],
    }
    second = {
        "Name": "second",
        "Inputs": [tensor("x", "Half")],
        "Outputs": [tensor("probability", "Float")],
    }
    head = layer("head", "Float")
    made = answer(engine={"Layers": [first, second, head], **ENDS})
    assert read_back(made, ASKED, "fp16").layer_types == {"fp16": 2, "fp32": 1}


def test_a_copy_of_the_pixels_is_not_taken_for_int8() -> None:
    copy = {"Name": "reformat", "Inputs": [], "Outputs": [tensor("copy of image", "UInt8")]}
    cast = {"Name": "first", "Inputs": [tensor("copy of image", "UInt8")], "Outputs": []}
    report = {"Layers": [copy, cast, layer("second", "Half"), layer("head", "Float")], **ENDS}
    assert read_back(answer(engine=report), ASKED, "fp16").layer_types == {"fp16": 1, "fp32": 1}


def test_an_engine_of_one_layer_is_judged_by_the_network() -> None:
    """Between pixels and probability nothing shows what it computes in."""
    whole = {
        "Name": "{ForeignNode[first...head]}",
        "Metadata": "[ONNX Layer: first]\x1f[ONNX Layer: second]\x1f[ONNX Layer: head]",
        "Inputs": [tensor("image", "UInt8")],
        "Outputs": [tensor("probability", "Float")],
    }
    found = read_back(answer(engine={"Layers": [whole], **ENDS}), ASKED, "fp16")
    assert (found.layer_types, found.read_from) == ({"fp16": 3, "fp32": 2}, "network")


def test_constants_of_a_plan_are_weighed_by_type() -> None:
    plan = (
        b"\x00\x01"
        b'  tensor={ alignment=128 const_payload_size=512 dims={ 1 256 1 1 } name="a" type=half }\n'
        b'  tensor={ alignment=128 dims={ 1 } name="no constant" type=float }\n'
        b'  tensor={ alignment=128 const_payload_size=4 dims={ 1 } name="b" type=float }\n'
        b'  tensor={ alignment=128 const_payload_size=8 dims={ 1 } name="c" type=int64 }\n\xff'
    )
    assert constant_bytes(plan) == {"fp16": 512, "fp32": 4}
    assert constant_bytes(b"\x00" * 1000) == {}
