import pytest

from forensics_rt.bundle.trust.keys import make_keys


@pytest.fixture
def keys(tmp_path):
    """Two pairs of keys: files `old.key`, `old.pub`, `new.key` and `new.pub`."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("old", "new"):
        make_keys(folder / name)
    return folder
