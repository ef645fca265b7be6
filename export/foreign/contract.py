"""What a foreign graph takes and gives: read from `contract.toml`, from options, or proposed.

Example:
    >>> contract = GraphContract(range="0..1", mean=(0.5,), std=(0.25,), values="logits")
    >>> contract.scale_of_pixels == 1 / 255
    True
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from export.errors import ExportError

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, under its name before it joined the standard library
    import tomli as tomllib

Positive = Annotated[int, Field(ge=1)]
RANGES: Mapping[str, float] = {"0..1": 1 / 255, "0..255": 1.0}
# The option of `build_engines` for each key.
OPTIONS = {
    "input_name": "--input-name",
    "layout": "--layout",
    "color_order": "--color-order",
    "range": "--range",
    "scale": "--scale",
    "mean": "--mean",
    "std": "--std",
    "size_multiple": "--size-multiple",
    "fixed_size": "--fixed-size",
    "output_name": "--output-name",
    "output_stride": "--output-stride",
    "upsampling": "--upsampling",
    "values": "--values",
    "forged": "--forged",
}


class GraphContract(BaseModel):
    """What is said of a graph; `None` for what is taken from the graph itself.

    Attributes:
        input_name: Of the input for pixels.
        layout: Order of the axes of input and output: channels second or last.
        color_order: Of the channels; `GRAY` for one, 0.299 R + 0.587 G + 0.114 B.
        range: What pixels run over before `mean` and `std`: `0..1` or `0..255`.
        scale: Factor of pixels in 0..255 in place of `range`.
        mean: Subtracted then; one number, or one for each channel.
        std: Divided by last, likewise.
        size_multiple: Height and width may be any multiples of this.
        fixed_size: Height and width, where there are no others.
        output_name: Of the output that is wanted.
        output_stride: How many pixels, down and across, each value of the output stands for; the
            answer is enlarged so many times. `None` for 1.
        upsampling: Places of the values in an enlarged answer, in ONNX's words: `half_pixel` as
            PyTorch by default, `align_corners` for the first and last at the edges.
        values: Whether the graph gives logits or probabilities.
        forged: The class of forged pixels, counted from 0, or `1-0` for the difference of the
            logits of two; `None` where there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    input_name: str | None = None
    layout: Literal["NCHW", "NHWC"] | None = None
    color_order: Literal["RGB", "BGR", "GRAY"] | None = None
    range: Literal["0..1", "0..255"] | None = None
    scale: Annotated[float, Field(gt=0)] | None = None
    mean: tuple[float, ...] = (0.0,)
    std: tuple[Annotated[float, Field(gt=0)], ...] = (1.0,)
    size_multiple: Positive | None = None
    fixed_size: tuple[Positive, Positive] | None = None
    output_name: str | None = None
    output_stride: Positive | None = None
    upsampling: Literal["half_pixel", "align_corners"] | None = None
    values: Literal["logits", "probability"] | None = None
    forged: Annotated[str, Field(pattern=r"^\d+(-\d+)?$")] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> GraphContract:
        if self.range is not None and self.scale is not None:
            raise ValueError("range and scale exclude each other; give --range or --scale")
        if self.size_multiple is not None and self.fixed_size is not None:
            raise ValueError(
                "size_multiple and fixed_size exclude each other; give --size-multiple or "
                "--fixed-size"
            )
        if self.upsampling is not None and self.stride == 1:
            raise ValueError(
                "upsampling (--upsampling) is of answers smaller than the input; give "
                "--output-stride, too"
            )
        if (self.size_multiple or self.stride) % self.stride:
            raise ValueError(
                f"size_multiple (--size-multiple) must be a multiple of output_stride "
                f"(--output-stride) {self.stride}, but is {self.size_multiple}"
            )
        return self

    @property
    def stride(self) -> int:
        """Pixels, down and across, for each value of the output."""
        return self.output_stride or 1

    @property
    def scale_of_pixels(self) -> float:
        """Factor of pixels in 0..255."""
        return self.scale or RANGES[self.range or "0..255"]

    @property
    def classes(self) -> tuple[int, ...]:
        """The class of forged pixels, and after it the one that is subtracted, if any."""
        return tuple(int(one) for one in (self.forged or "0").split("-"))


def read_contract(path: Path | None, options: Mapping[str, Any]) -> GraphContract:
    """Return what a file says, and options that were given before that.

    Args:
        path: A `contract.toml`; `None` for none.
        options: Values by the keys of `GraphContract`; `None` for what was not given.

    Raises:
        ExportError: If the file cannot be read, a key is unknown, or a value is none that can be;
            the message names the option.
    """
    table: dict[str, Any] = {} if path is None else _read(path)
    given = {key: value for key, value in options.items() if value is not None}
    # The other of two that exclude each other gives way to the option.
    for one, other in (("range", "scale"), ("size_multiple", "fixed_size")):
        for key, rival in ((one, other), (other, one)):
            if key in given and rival not in given:
                table.pop(rival, None)
    try:
        return GraphContract(**{**table, **given})
    except ValidationError as error:
        place = "" if path is None else f"{path}: "
        lines = "; ".join(_in_words(line) for line in error.errors(include_url=False))
        raise ExportError(f"{place}{lines}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExportError(
            f"{path}: cannot be read: {error.strerror}; --contract takes a file, which "
            "`python -m export.inspect_onnx` writes"
        ) from error
    except ValueError as error:  # of TOML, or of UTF-8
        raise ExportError(f"{path}: must be TOML, but {error}") from error
    for key in ("mean", "std"):
        if isinstance(table.get(key), (int, float)):
            table[key] = [table[key]]
    if isinstance(table.get("forged"), int):
        table["forged"] = str(table["forged"])
    return dict(table)


def _in_words(line: Any) -> str:
    key = str(line["loc"][0]) if line["loc"] else ""
    if line["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, OPTIONS, n=1)
        meant = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(OPTIONS)}"
        return f"no key {key!r} in a contract; {meant}"
    said = line["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if not key:
        return str(said)
    return f"{key} ({OPTIONS.get(key, key)}): found {line['input']!r}, expected {said}"
