"""How weights, or a calibration, came about: config, seed, data by their hashes, and commit.

A bundle carries this for each network and for its calibration, where those who made them know it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
)

Command = Literal["fit", "fit-int8", "average", "narrow", "calibrate"]
Role = Literal["init", "teacher", "averaged", "narrowed", "quantized"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def _what_is_known(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        return {key: value for key, value in written.items() if value not in (None, [], (), {})}


class DataRecord(_Part):
    """A file, or all files of a folder, by one hash.

    Attributes:
        name: As the config has it; of an absolute path the last part.
        files: How many there are.
        sha256: Of a file: of its bytes. Of a folder: of what `find -L . -type f -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum` prints in it.
    """

    name: str
    files: Annotated[int, Field(ge=0)]
    sha256: Sha256


class ParentRecord(_Part):
    """Weights that others were made from.

    Attributes:
        role: `init`, `teacher`, or one of those that were `averaged`, `narrowed` or `quantized`.
        sha256: Of the checkpoint; `None` where it is lost.
        origin: How it came about; `None` where that is not known.
    """

    role: Role
    sha256: Sha256 | None = None
    origin: OriginRecord | None = None


class OriginRecord(_Part):
    """How something was made from data. What is not known is left out.

    Attributes:
        command: Of `python -m train`.
        config: Its sections and values; absolute paths are reduced to their last part.
        options: Values of the command line.
        seed: That all chance comes from.
        steps: Of the optimizer.
        data: What the config names; pages that other processes made are not among them, but what
            those were made from is.
        parents: Weights that it began with, learned from, or is made of.
        commit: Of the sources; `+` at its end where they had been changed since.
        versions: Of what computed.
        note: What else a person has to say, such as what of this is from memory.
    """

    command: Command
    config: dict[str, JsonValue] = {}
    options: dict[str, JsonValue] = {}
    seed: Annotated[int, Field(ge=0)] | None = None
    steps: Annotated[int, Field(ge=0)] | None = None
    data: tuple[DataRecord, ...] = ()
    parents: tuple[ParentRecord, ...] = ()
    commit: str | None = None
    versions: dict[str, str] = {}
    note: str | None = None


ParentRecord.model_rebuild()
