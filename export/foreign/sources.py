"""Files of foreign networks: what each is, by its content, and how it is opened.

No file is unpickled beyond plain tensors.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx

from export.errors import ExportError
from forensics_rt.backends.onnxruntime import load_onnxruntime
from forensics_rt.io.digest import sha256_of

SourceKind: TypeAlias = Literal["onnx", "torchscript", "exported-program"]
Answer: TypeAlias = Callable[[npt.NDArray[np.generic]], npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Source:
    """A foreign network: as an ONNX graph, and as it came.

    Attributes:
        path: The file.
        kind: What the file is.
        model: The graph, its weights inside.
        open: Opens the original and returns what runs it, given the names of input and output.
        sha256: Of the file; where weights are in other files, of the hashes of all.
    """

    path: Path
    kind: SourceKind
    model: onnx.ModelProto
    open: Callable[[str, str], Answer]
    sha256: str


def kind_of(path: Path) -> SourceKind:
    """Tell what a file is by its content.

    Raises:
        ExportError: If it is a checkpoint, or nothing that is known.
    """
    if not path.is_file():
        raise ExportError(f"{path}: no such file; give the path of an .onnx, .pt or .pt2 file")
    if not zipfile.is_zipfile(path):
        return "onnx"
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise ExportError(f"{path}: a damaged archive: {error}; copy it again") from error
    last = {name.rpartition("/")[2] for name in names}
    if "constants.pkl" in last:
        return "torchscript"
    if any("models/" in name and name.endswith(".json") for name in names) or (
        "serialized_exported_program.json" in last
    ):
        return "exported-program"
    raise ExportError(f"{path}: a checkpoint, not a graph; give it with --checkpoint and --arch")


def open_source(path: Path, data: Path | None = None) -> Source:
    """Open a foreign network.

    Args:
        path: `.onnx`, TorchScript (`torch.jit.save`), or a program (`torch.export.save`).
        data: Folder where the weights of an ONNX file lie, if they are in other files and not
            beside it (`--external-data`).

    Raises:
        ExportError: If it cannot be read.
    """
    kind = kind_of(path)
    if kind == "onnx":
        return _onnx(path, data)
    from export.foreign.torch_programs import exported_program, torchscript

    model, run = torchscript(path) if kind == "torchscript" else exported_program(path)
    return Source(path, kind, model, lambda *_: run, sha256_of(path))


def _onnx(path: Path, data: Path | None) -> Source:
    folder = data or path.parent
    try:
        model = onnx.load(str(path), load_external_data=False)
        others = _other_files(model)
        onnx.load_external_data_for_model(model, str(folder))
    except Exception as error:  # of protobuf, of ONNX and of the system
        said = str(error).strip().splitlines() or [type(error).__name__]
        if "external" in said[0].lower() or isinstance(error, OSError):
            raise ExportError(
                f"{path}: its weights are in other files, which are not in {folder}: {said[0]}; "
                "give their folder with --external-data"
            ) from error
        raise ExportError(f"{path}: no readable ONNX graph: {said[0]}") from error
    if not model.graph.node:
        raise ExportError(f"{path}: no readable ONNX graph: it has no node")

    def run_with(image: str, output: str) -> Answer:
        # The file itself, as its owner would run it; weights elsewhere have to lie beside it.
        moved = others and data is not None and data.resolve() != path.parent.resolve()
        given: Any = model.SerializeToString() if moved else str(path)
        session = load_onnxruntime().InferenceSession(given, providers=["CPUExecutionProvider"])
        return lambda pixels: session.run([output], {image: pixels})[0]

    return Source(path, "onnx", model, run_with, _hash_of(path, folder, others))


def _other_files(model: onnx.ModelProto) -> list[str]:
    """Return the files that a graph names for its weights, in order of the alphabet."""
    parts = (part for one in model.graph.initializer for part in one.external_data)
    return sorted({part.value for part in parts if part.key == "location"})


def _hash_of(path: Path, folder: Path, others: list[str]) -> str:
    if not others:
        return sha256_of(path)
    hashes = [sha256_of(path), *(sha256_of(folder / name) for name in others)]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()
