"""What one request may ask for beside its file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forensics_rt.errors import RequestInvalid


class RequestOptions(BaseModel):
    """The input `options`: JSON in UTF-8, all keys optional.

    Attributes:
        name: What the result calls the image.
        page: Which page of a PDF or TIFF, from 1; `None` for the file as one image.
        float_map: Whether the output `probability` is wanted, H×W float32.

    Example:
        >>> RequestOptions.parse(b'{"page": 2}').page
        2
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    page: Annotated[int, Field(ge=1)] | None = None
    float_map: bool = False

    @classmethod
    def parse(cls, raw: bytes) -> RequestOptions:
        """Read them.

        Args:
            raw: JSON; empty for the defaults.

        Raises:
            RequestInvalid: Naming each key that is wrong.
        """
        try:
            return cls.model_validate_json(raw) if raw else cls()
        except ValidationError as error:
            lines = [
                f"{'.'.join(map(str, line['loc'])) or 'the text'}: {line['msg']}"
                for line in error.errors(include_url=False)
            ]
            raise RequestInvalid(
                f"options must be JSON with some of {', '.join(cls.model_fields)}, but "
                f"{'; '.join(lines)}"
            ) from error
