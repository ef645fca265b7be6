import hashlib
import pickle

from forensics_rt.io.memory_file import MemoryFile


def test_equal_bytes_of_one_name_are_equal_also_in_another_process():
    file = MemoryFile(b"page", "fax.tif")
    assert file == MemoryFile(b"page", "fax.tif") == pickle.loads(pickle.dumps(file))
    assert hash(file) == hash(MemoryFile(b"page", "fax.tif"))
    assert file != MemoryFile(b"page", "other.tif") and file != b"page"


def test_its_digest_is_computed_once_and_its_bytes_are_not_shown():
    file = MemoryFile(b"page")
    assert file.digest is file.digest
    assert file.digest.result() == hashlib.sha256(b"page").hexdigest()
    assert repr(file) == "MemoryFile(4 bytes, '<bytes>')" and str(file) == "<bytes>"
    assert file.open().read() == file.open().read() == b"page"
