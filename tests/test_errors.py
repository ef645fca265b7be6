import pickle

import pytest

from forensics_rt import errors
from forensics_rt.results.failure import Failure


def _classes(base: type[Exception] = errors.ForensicsError) -> list[type[Exception]]:
    return [base, *(found for below in base.__subclasses__() for found in _classes(below))]


@pytest.mark.parametrize("kind", [one for one in _classes() if one.__module__ == errors.__name__])
def test_errors_come_whole_from_another_process(kind):
    """One that cannot be unpickled ends a pool of processes, or makes it wait for ever."""
    of_image = issubclass(kind, errors.ImageError)
    error = kind("scan.jpg", "no such file") if of_image else kind("all is lost")

    failure = pickle.loads(pickle.dumps(Failure("scan.jpg", error)))

    assert type(failure.error) is kind and str(failure.error) == str(error)
    if of_image:
        assert (failure.error.source, failure.error.cause) == ("scan.jpg", "no such file")
