"""What a program that was compiled with the header relies on: functions, structures, constants.

    python -m tests.native.abi > tests/native/abi.json

writes it down anew, after a change that was meant. Members are added at the end of structures; any
other change needs another major number of the version.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HEADER = Path(__file__).parents[2] / "native" / "include" / "forensics_rt.h"
KEPT = Path(__file__).with_name("abi.json")


def declared() -> str:
    """Return the header without comments."""
    return re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)


def functions() -> dict[str, str]:
    """Return the types of each function."""
    found = re.finditer(
        r"^FRT_API (.*?)(\bfrt_\w+)\((.*?)\) FRT_NOEXCEPT;", declared(), re.M | re.S
    )
    return {one[2]: " ".join(f"{one[1]}({one[3]})".split()) for one in found}


def structures() -> dict[str, list[str]]:
    """Return the members of each structure."""
    found = re.finditer(r"^typedef struct (\w+) \{(.*?)\} \1;", declared(), re.M | re.S)
    return {
        one[1]: [
            re.search(r"(\w+)\s*$", part)[1]  # type: ignore[index]
            for line in one[2].split(";")
            if line.strip()
            for part in line.split(",")
        ]
        for one in found
    }


def constants() -> list[str]:
    """Return the names of the enumerations' values, and of the version."""
    bodies = re.findall(r"^enum \{(.*?)\};", declared(), re.M | re.S)
    names = [re.match(r"\s*(\w+)", part)[1] for body in bodies for part in body.split(",")]  # type: ignore[index]
    return [*names, "FRT_VERSION_MAJOR"]


def measured() -> dict[str, Any]:
    """Return all of it, with sizes, offsets and values as the compiler has them."""
    lines = [f'printf("{name} %lld\\n", (long long){name});' for name in constants()]
    for name, members in structures().items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        lines += [f'printf("{name}.{m} %zu\\n", offsetof({name}, {m}));' for m in members]
    source = "#include <forensics_rt.h>\n#include <stdio.h>\nint main(void) {\n%s\n}\n"
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program.c"
        program.write_text(source % "\n".join(lines), encoding="utf-8")
        command = ["cc", f"-I{HEADER.parent}", program, "-o", program.with_suffix("")]
        subprocess.run(command, check=True)
        printed = subprocess.run(
            [program.with_suffix("")], capture_output=True, text=True, check=True
        ).stdout
    values = {line.split()[0]: int(line.split()[1]) for line in printed.splitlines()}
    return {
        "functions": functions(),
        "structures": {
            name: {"size": values[name], "at": {m: values[f"{name}.{m}"] for m in members}}
            for name, members in structures().items()
        },
        "constants": {name: values[name] for name in constants()},
    }


if __name__ == "__main__":
    print(json.dumps(measured(), indent=1))
