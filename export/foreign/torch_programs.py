"""TorchScript and programs of torch.export, opened without unpickling and brought to ONNX."""

from __future__ import annotations

import io
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch

from export.errors import ExportError
from export.graph.tracing import OPSET

Run = Callable[[npt.NDArray[np.generic]], npt.NDArray[np.generic]]
# Sides that are neither equal nor 1.
_EXAMPLE = (2, 3, 128, 160)
_NAMES: dict[str, Any] = {"input_names": ["input"], "output_names": ["output"]}
# Makes torch.load take plain tensors alone, whatever its caller says.
_PLAIN = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


def torchscript(path: Path) -> tuple[onnx.ModelProto, Run]:
    """Open what `torch.jit.save` wrote; it takes N×3×H×W or N×1×H×W floats.

    Raises:
        ExportError: If it cannot be read or traced.
    """
    try:
        network = torch.jit.load(str(path), map_location="cpu").eval()
    except RuntimeError as error:
        raise ExportError(f"{path}: no readable TorchScript: {_first(error)}") from error
    axes = {0: "batch", 2: "rows", 3: "columns"}
    failed = ""
    for channels in (3, 1):
        example = torch.zeros(_EXAMPLE[0], channels, *_EXAMPLE[2:])
        try:
            with torch.inference_mode():
                answer = network(example)
        except RuntimeError as error:
            failed = failed or _first(error)
            continue
        if not isinstance(answer, torch.Tensor):
            raise ExportError(
                f"{path}: gives a {type(answer).__name__}, expected one map; script a module that "
                "returns it"
            )
        free = {"input": axes, "output": axes if answer.ndim == 4 else {0: "b", 1: "r", 2: "c"}}
        model = _to_onnx(path, network, example, dynamo=False, dynamic_axes=free)
        return model, _runner(network)
    raise ExportError(f"{path}: fails on pixels of shape {list(_EXAMPLE)}: {failed}")


def exported_program(path: Path) -> tuple[onnx.ModelProto, Run]:
    """Open what `torch.export.save` wrote; its free sides stay free.

    Raises:
        ExportError: If it cannot be read, or holds objects besides tensors.
    """
    with zipfile.ZipFile(path) as archive:
        objects = [name for name in archive.namelist() if "custom_obj" in name or "opaque" in name]
    if objects:
        raise ExportError(
            f"{path}: holds objects besides tensors ({objects[0]}); loading them could run code, "
            "so it is refused. Export the network to ONNX"
        )
    try:
        with _plain_tensors():
            program = torch.export.load(str(path))
    except Exception as error:  # whatever the deserializer meets
        raise ExportError(
            f"{path}: no readable program of torch.export: {_first(error)}"
        ) from error
    network = program.module()
    example, free = _free_sides(path, program)
    model = _to_onnx(path, network, example, dynamo=True, dynamic_shapes=(free,))
    return model, _runner(network)


def _free_sides(path: Path, program: torch.export.ExportedProgram) -> tuple[Any, dict[int, Any]]:
    """Return an example of the input, and its free axes: traced anew, in the words of our graphs.

    What a file says of sides, such as `2*h`, PyTorch's exporter to ONNX does not read back.
    """
    names = program.graph_signature.user_inputs
    values = [node.meta["val"] for node in program.graph.nodes if node.name in names]
    if len(values) != 1 or getattr(values[0], "ndim", 0) != 4:
        shapes = [list(getattr(value, "shape", ())) for value in values]
        raise ExportError(f"{path}: takes inputs of shapes {shapes}, expected one with 4 axes")
    sides = [side if isinstance(side, int) else None for side in values[0].shape]
    last = sides[3] in (1, 3) and sides[1] not in (1, 3)
    usual = (2, 128, 160, 3) if last else _EXAMPLE
    batch, rows, columns = torch.export.Dim("batch", min=1), *map(torch.export.Dim, ("r", "c"))
    dims = {0: batch, 1 if last else 2: 32 * rows, 2 if last else 3: 32 * columns}
    shape = [one if side is None else side for side, one in zip(sides, usual, strict=True)]
    free = {axis: dim for axis, dim in dims.items() if sides[axis] is None}
    return (torch.zeros(shape, dtype=values[0].dtype),), free


def _to_onnx(path: Path, network: Any, example: Any, **options: Any) -> onnx.ModelProto:
    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
            warnings.simplefilter("ignore")
            if options["dynamo"]:
                made = torch.onnx.export(
                    network, example, opset_version=OPSET, external_data=False, verbose=False,
                    **_NAMES, **options,
                )  # fmt: skip
                if made is None:
                    raise ExportError(f"{path}: PyTorch's exporter gave no graph")
                return made.model_proto
            file = Path(folder, "network.onnx")
            torch.onnx.export(
                network, (example,), str(file), opset_version=OPSET, **_NAMES, **options
            )
            return onnx.load(io.BytesIO(file.read_bytes()))
    except (torch.onnx.OnnxExporterError, RuntimeError, TypeError, ValueError) as error:
        raise ExportError(
            f"{path}: PyTorch cannot bring it to ONNX: {_first(error.__cause__ or error)}; export "
            "it to ONNX where it was made"
        ) from error


def _runner(network: Any) -> Run:
    def run(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        with torch.inference_mode():
            found: npt.NDArray[np.generic] = network(torch.from_numpy(pixels)).numpy()
        return found

    return run


@contextmanager
def _plain_tensors() -> Iterator[None]:
    before = os.environ.get(_PLAIN)
    os.environ[_PLAIN] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PLAIN]
        else:
            os.environ[_PLAIN] = before


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
