"""`python -m export.inspect_onnx FILE`: a contract proposed for a graph, as TOML.

What it prints can be used as it is: `python -m export.build_engines --onnx FILE --contract FILE`.
Comments say what no graph tells. Exit codes: 0 printed; 1 no contract fits; 2 wrong command line.

Example:
    python -m export.inspect_onnx unet.onnx > contract.toml
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from forensics_rt.errors import ForensicsError

FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: Those after the name of the program; `None` for those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m export.inspect_onnx",
        description="Print a contract.toml for a graph: ONNX, TorchScript or torch.export.",
    )
    parser.add_argument("file", type=Path, help=".onnx, .pt or .pt2")
    parser.add_argument(
        "--external-data", type=Path, metavar="DIR", help="folder of weights in other files"
    )
    values = parser.parse_args(arguments)
    try:
        from export.foreign.propose import proposed
        from export.foreign.sources import open_source
    except ModuleNotFoundError as error:
        return _failed(f"needs {error.name}; run `pip install 'forensics_rt[export]'`")
    try:
        sys.stdout.write(proposed(open_source(values.file, values.external_data)))
    except ForensicsError as error:
        return _failed(str(error))
    return 0


def _failed(message: str) -> int:
    console = Console(stderr=True)
    console.print("error:", style="bold red", end=" ")
    console.print(message, markup=False, highlight=False, soft_wrap=True)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
