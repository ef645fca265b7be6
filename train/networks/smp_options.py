"""Options of a model of segmentation-models-pytorch, as they stand behind its name.

Example:
    >>> read_options("Unet/resnet34?decoder_channels=128,64&mean=0.5")[1:]
    ({'decoder_channels': (128, 64)}, Pixels(mean=(0.5,), std=(1.0,), color_order='RGB'))
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from train.errors import CheckpointError

# Mean and deviation of ImageNet's pixels, R, G, B in 0..1, as torchvision and timm use them.
# The library would ask a model hub for them.
IMAGENET_MEAN: tuple[float, ...] = (0.485, 0.456, 0.406)
IMAGENET_STD: tuple[float, ...] = (0.229, 0.224, 0.225)
COLOR_ORDERS = ("RGB", "BGR")
# Options of ours: how the network's pixels were made. All others are the library's.
_PIXELS = ("mean", "std", "color_order")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "none": None}


@dataclass(frozen=True)
class Pixels:
    """How a network was given its pixels.

    Attributes:
        mean: Subtracted from pixels in 0..1; one number for each channel, or one for all.
        std: Divided by then.
        color_order: Order of the channels, `RGB` or `BGR`.
    """

    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    color_order: str = "RGB"


def read_options(name: str) -> tuple[str, dict[str, Any], Pixels]:
    """Return the name without options, the library's options, and how pixels are made.

    Args:
        name: `<Decoder>/<encoder>?key=value&key=value`. A value is a number, `true`, `false`,
            `none`, a word, or several of them with commas between.

    Raises:
        CheckpointError: If an option has no value, stands twice, or is no possible value of ours.
    """
    plain, _, text = name.partition("?")
    options: dict[str, Any] = {}
    for part in filter(None, text.split("&")):
        key, equals, value = part.partition("=")
        if not equals or not key or not value:
            raise CheckpointError(
                f"smp:{name}: the option {part!r} must be written key=value, such as "
                "decoder_attention_type=scse; put & between two of them"
            )
        if key in options:
            raise CheckpointError(f"smp:{name}: the option {key!r} stands twice; write it once")
        options[key] = _value(value)
    return plain, {k: v for k, v in options.items() if k not in _PIXELS}, _pixels(name, options)


def refuse_unknown(name: str, options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse an option that a decoder does not have.

    Raises:
        CheckpointError: Naming the option that is meant, or all that there are.
    """
    there = sorted({*known, *_PIXELS})
    for key in options:
        if key not in there:
            near = difflib.get_close_matches(key, there, n=1)
            meant = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(there)}"
            raise CheckpointError(f"smp:{name}: no option {key!r} of this decoder; {meant}")


def with_option(name: str, key: str, value: object) -> str:
    """Return the name of a network with another value of one option.

    Example:
        >>> with_option("smp:Unet/resnet34?in_channels=1", "decoder_attention_type", "scse")
        'smp:Unet/resnet34?in_channels=1&decoder_attention_type=scse'
    """
    plain = without_option(name, key)
    written = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"{plain}{'&' if '?' in plain else '?'}{key}={written}"


def without_option(name: str, key: str) -> str:
    """Return the name of a network without one option."""
    plain, _, text = name.partition("?")
    kept = [part for part in text.split("&") if part and part.partition("=")[0] != key]
    return f"{plain}?{'&'.join(kept)}" if kept else plain


def option_of(name: str, key: str) -> str | None:
    """Return the text of an option of a network; `None` where it has none."""
    parts = (part.partition("=") for part in name.partition("?")[2].split("&"))
    return next((value for found, _, value in parts if found == key), None)


def _value(text: str) -> Any:
    parts = tuple(_one(part) for part in text.split(","))
    return parts if len(parts) > 1 else parts[0]


def _one(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return _WORDS.get(text.lower(), text)


def _pixels(name: str, options: Mapping[str, Any]) -> Pixels:
    # ImageNet's three colors say nothing of a network that sees one gray channel.
    channels = options.get("in_channels", 3)
    usual = slice(0, 3) if channels == 3 else slice(1, 2)
    mean = _numbers(name, "mean", options, IMAGENET_MEAN[usual], channels)
    std = _numbers(name, "std", options, IMAGENET_STD[usual], channels)
    order = str(options.get("color_order", "RGB")).upper()
    if order not in COLOR_ORDERS:
        raise CheckpointError(
            f"smp:{name}: color_order must be one of {', '.join(COLOR_ORDERS)}, got {order!r}"
        )
    return Pixels(mean, std, order)


def _numbers(
    name: str, key: str, options: Mapping[str, Any], usual: tuple[float, ...], channels: object
) -> tuple[float, ...]:
    given = options.get(key, usual)
    numbers = given if isinstance(given, tuple) else (given,)
    sound = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in numbers)
    if not sound or len(numbers) not in (1, channels):
        raise CheckpointError(
            f"smp:{name}: {key} must be one number, or one for each of {channels} channels, "
            f"got {given!r}"
        )
    if max(numbers) > 2 or (key == "std" and min(numbers) <= 0):
        raise CheckpointError(
            f"smp:{name}: {key} must be that of pixels in 0..1, got {given!r}; divide those of "
            "pixels in 0..255 by 255"
        )
    return tuple(float(one) for one in numbers)
