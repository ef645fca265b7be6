"""How files are read: what is refused, and what is needed to open them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from forensics_rt.errors import RecipeError
from forensics_rt.io.limits import DEFAULT_MAX_PIXELS
from forensics_rt.system.arguments import of_kind, whole_number

WhenDamaged = Literal["refuse", "examine"]


@dataclass(frozen=True)
class ReadOptions:
    """How to read an image.

    Attributes:
        max_pixels: Largest width × height accepted, read from the header before decoding.
        damaged: `refuse` an image that its decoder complains of, or `examine` what could be decoded
            of it, and say so in `conversions`.
        password: What opens a locked PDF; `None` for no password.
        dct_limit: Read the coefficients of a JPEG, too, clipped to ± so much; of any other image
            those of a copy at JPEG quality 100. `None` to read pixels alone.
    """

    max_pixels: int = DEFAULT_MAX_PIXELS
    damaged: WhenDamaged = "refuse"
    password: str | None = field(default=None, repr=False)
    dct_limit: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be an option.

        Raises:
            RecipeError: If `max_pixels` is no whole number of 1 or more, `damaged` another word,
                or the password no text.
        """
        most = whole_number("max_pixels", self.max_pixels, RecipeError)
        object.__setattr__(self, "max_pixels", most)  # frozen from here on
        if self.damaged not in get_args(WhenDamaged):
            raise RecipeError(f"damaged must be 'refuse' or 'examine', got {self.damaged!r}")
        check_password(self.password)


def check_password(password: object) -> None:
    """Refuse a password that is no text; it is not repeated.

    Raises:
        RecipeError: If it is neither a text nor `None`.
    """
    text = (str, type(None))
    of_kind("password", password, text, "a text or None", RecipeError, secret=True)
