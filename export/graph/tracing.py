"""From a network to an ONNX graph that takes pixels as decoded and gives probabilities."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from export.errors import ExportError
from export.graph.traces import Traces
from forensics_rt.bundle.manifest import Contract
from forensics_rt.plan.coefficients import DCT, QUANTIZATION

OPSET = 18
CONTRACT = Contract()
# Sides that are neither equal nor 1, so that no dimension is taken for fixed or for another.
_EXAMPLE = (2, 128, 160, 3)
_TRACES = Traces()


class PixelsToProbability(nn.Module):
    """A network with its ends as the contract of bundles says.

    Args:
        network: Takes N×3×H×W pixels in 0..255, gives N×H×W logits. Put into eval mode. One with a
            `dct_limit` takes the coefficients of JPEG, N×H×W, and their tables, N×8×8, too.
        dtype: Of the network's weights.

    Attributes:
        dct_limit: How coefficients are clipped; `None` for a network of pixels alone.

    Example:
        >>> whole = PixelsToProbability(build_network("seresnext50").eval())  # doctest: +SKIP
        >>> whole(torch.zeros(1, 64, 64, 3, dtype=torch.uint8)).shape  # doctest: +SKIP
        torch.Size([1, 64, 64])
    """

    def __init__(self, network: nn.Module, dtype: torch.dtype = torch.float32) -> None:
        """Wrap a network."""
        super().__init__()
        self.network = network
        self.dtype = dtype
        self.dct_limit = dct_limit_of(network)
        self.eval()

    def forward(
        self, image: Tensor, dct: Tensor | None = None, quantization: Tensor | None = None
    ) -> Tensor:
        """Map uint8 N×H×W×3 RGB, and int32 coefficients if any, to N×H×W probabilities."""
        pixels = image.permute(0, 3, 1, 2).to(self.dtype)
        beside = () if dct is None else (dct, quantization)
        return torch.sigmoid(self.network(pixels, *beside).float())


def dct_limit_of(network: nn.Module) -> int | None:
    """Return how the coefficients are clipped that a network reads; `None` where it reads none."""
    found = getattr(network, "dct_limit", None)
    return int(found) if isinstance(found, int) else None


def sides_are_tied(network: nn.Module) -> bool:
    """Tell whether the graph of a network is for tiles of one size: `one_tile_size` says so."""
    return bool(getattr(network, "one_tile_size", False))


def export_graph(whole: PixelsToProbability, path: Path, tile: int | None = None) -> None:
    """Write one `.onnx` file, weights inside, with batch, height and width free.

    Height and width are free in multiples of the contract's `size_multiple`.

    Args:
        whole: The network between its ends.
        path: The file to write.
        tile: Height and width of all tiles, where they are not to be free.

    Raises:
        ExportError: If the network gives another shape than the contract says, cannot be traced,
            or ties a dimension that must be free.

    Example:
        >>> export_graph(PixelsToProbability(network), Path("member.onnx"))  # doctest: +SKIP
    """
    asked = _EXAMPLE if tile is None else (_EXAMPLE[0], tile, tile, 3)
    example = {"image": torch.zeros(asked, dtype=torch.uint8)}
    if whole.dct_limit is not None:
        example[DCT] = torch.zeros(asked[:3], dtype=torch.int32)
        example[QUANTIZATION] = torch.ones((asked[0], 8, 8), dtype=torch.int32)
    try:
        with torch.inference_mode():
            shape = tuple(whole(**example).shape)
    except RuntimeError as error:
        raise ExportError(
            f"the network fails on pixels of shape {asked}: {error}; it must take "
            + (
                f"any sides that are multiples of {CONTRACT.size_multiple}"
                if tile is None
                else "tiles of that size (--tiles)"
            )
        ) from error
    if shape != asked[:3]:
        raise ExportError(
            f"the network gives shape {shape} for pixels of shape {asked}, expected "
            f"{asked[:3]}: one logit for each pixel, without a channel dimension"
        )
    model = _trace(whole, example, free_sides=tile is None)
    forget_the_machine(model)
    _check_contract(model, whole.dct_limit is not None, free_sides=tile is None)
    onnx.save(model, path)


def _trace(
    whole: PixelsToProbability, example: dict[str, Tensor], *, free_sides: bool
) -> onnx.ModelProto:
    sides = {1: "rows", 2: "columns"} if free_sides else {}
    free = {0: torch.export.Dim("batch", min=1)}
    for axis, name in sides.items():
        free[axis] = CONTRACT.size_multiple * torch.export.Dim(name, min=1)
    shapes = {"image": free, DCT: free, QUANTIZATION: {0: free[0]}}
    try:
        # The exporter warns of its own deprecations, which nobody who exports can mend.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = _TRACES.program(
                whole,
                example,
                lambda: torch.onnx.export(
                    whole,
                    tuple(example.values()),
                    input_names=list(example),
                    output_names=[CONTRACT.output_name],
                    dynamic_shapes={name: shapes[name] for name in example},
                    opset_version=OPSET,
                    dynamo=True,
                    external_data=False,
                    optimize=False,
                    verbose=False,
                ),
            )
            if program is not None:
                program.optimize()
    except torch.onnx.OnnxExporterError as error:
        cause = str(error.__cause__ or error).strip().splitlines()
        raise ExportError(
            f"PyTorch cannot trace the network: {cause[0] if cause else type(error).__name__}; it "
            "must not branch on pixel values, nor depend on one fixed height, width or batch"
        ) from error
    if program is None:
        raise ExportError(
            "PyTorch's exporter gave no graph; use the versions of forensics_rt[export]"
        )
    return program.model_proto


def forget_the_machine(model: onnx.ModelProto) -> None:
    """Remove an exporter's notes, which hold source lines and paths of its machine."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for value in (*graph.input, *graph.output):
        value.ClearField("metadata_props")


def _check_contract(model: onnx.ModelProto, with_coefficients: bool, *, free_sides: bool) -> None:
    kinds = {"uint8": onnx.TensorProto.UINT8, "float32": onnx.TensorProto.FLOAT}
    maps = [True, free_sides, free_sides]
    beside = [
        (DCT, onnx.TensorProto.INT32, maps),
        (QUANTIZATION, onnx.TensorProto.INT32, [True, False, False]),
    ]
    expected = [
        (CONTRACT.input_name, kinds[CONTRACT.input_dtype], [*maps, False]),
        *(beside if with_coefficients else []),
        (CONTRACT.output_name, kinds[CONTRACT.output_dtype], maps),
    ]
    found = [
        (
            value.name,
            value.type.tensor_type.elem_type,
            [bool(side.dim_param) for side in value.type.tensor_type.shape.dim],
        )
        for value in (*model.graph.input, *model.graph.output)
    ]
    if found != expected:
        raise ExportError(
            f"the traced graph has ends (name, type, which sides are free) {found}, expected "
            f"{expected}; the network must not depend on one fixed height, width or batch"
        )
