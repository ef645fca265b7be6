import numpy as np
import pytest

from forensics_rt.plan.tta import INVERSE, apply, undo
from forensics_rt.recipe import D4

SQUARE = np.arange(12).reshape(2, 2, 3)


@pytest.mark.parametrize("name", D4)
def test_every_element_undoes_itself(name):
    oblong = np.arange(24).reshape(4, 6)

    assert np.array_equal(undo(name, apply(name, oblong)), oblong)
    assert np.array_equal(apply(name, undo(name, SQUARE)), SQUARE)


def test_the_eight_elements_differ():
    assert len({apply(name, SQUARE).tobytes() for name in D4}) == 8


@pytest.mark.parametrize("first", D4)
@pytest.mark.parametrize("second", D4)
def test_one_after_another_is_again_one_of_the_eight(first, second):
    turned = apply(second, apply(first, SQUARE))

    assert sum(np.array_equal(turned, apply(name, SQUARE)) for name in D4) == 1


def test_only_the_quarter_turns_are_not_their_own_inverse():
    assert {name for name in D4 if INVERSE[name] != name} == {"rotate90", "rotate270"}


def test_no_pixel_is_copied():
    assert all(np.shares_memory(apply(name, SQUARE), SQUARE) for name in D4)
