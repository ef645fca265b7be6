"""Fixtures of the tests of the C library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.native.build import built
from tests.native.library import Native
from tests.native.twin import Twin


@pytest.fixture(scope="session")
def native() -> Native:
    """The library, loaded."""
    return Native(built().library)


@pytest.fixture(scope="session")
def twin() -> Iterator[Callable[[dict[str, Any]], Any]]:
    """What asks the insides of the library."""
    with Twin(built().program("twin")) as asked:
        yield asked.ask
