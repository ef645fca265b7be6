"""An encrypted bundle answers as the one it came from, for the owner of its key alone."""

import os

import numpy as np
import pytest

from forensics_rt import Bundle, Detector, TrustPolicy
from forensics_rt.bundle.trust.encrypting import encrypted_copy
from forensics_rt.bundle.trust.encryption import FileCipher, key_id_of
from forensics_rt.errors import BundleError, BundleUntrusted
from tests.bundles import brightness_graph, golden, write_bundle

KEY, OTHER = bytes(range(32)), bytes(32)


@pytest.fixture
def plain(tmp_path):
    return write_bundle(tmp_path / "plain", [brightness_graph()], goldens=[golden()])


@pytest.fixture
def encrypted(plain, tmp_path):
    return encrypted_copy(plain, KEY, tmp_path / "encrypted")


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime", "numpy", "torch"])
def test_every_backend_answers_the_same(plain, encrypted, backend, tmp_path, monkeypatch):
    page = np.random.default_rng(1).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    cache = tmp_path / "cache"
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(cache))
    with Detector(encrypted.path, backend, trust=TrustPolicy(bundle_key=KEY)) as detector:
        found = detector(page).probability
    graph = plain.graph(plain.manifest.members[0])
    kept = [file.read_bytes() for file in cache.rglob("*") if file.is_file()]
    assert not any(graph[:64] in data for data in kept)
    assert not list(cache.rglob("*.blob")), "a compiled graph holds the weights"
    with Detector(plain.path, backend) as detector:
        assert np.array_equal(detector(page).probability, found)


def test_nothing_but_the_manifest_can_be_read(plain, encrypted):
    for record in plain.manifest.files():
        assert plain.file(record).read_bytes()[:16] not in encrypted.file(record).read_bytes()
    assert encrypted.manifest.networks_id == plain.manifest.networks_id
    assert encrypted.golden(encrypted.manifest.members[0].goldens[0])[0].shape == (64, 64, 3)


@pytest.mark.parametrize(
    "hook", [KEY, lambda key_id: {key_id_of(KEY): KEY, key_id_of(OTHER): OTHER}[key_id], "file"]
)
def test_the_key_comes_from_bytes_a_function_or_a_file(encrypted, tmp_path, hook):
    if hook == "file":
        hook = tmp_path / "aes"
        hook.write_text(KEY.hex() + "\n")
    assert Bundle.open(encrypted.path, trust=TrustPolicy(bundle_key=hook)).id == encrypted.id


@pytest.mark.parametrize(
    ("hook", "message"),
    [(None, "no key was given"), (OTHER, "but the key that was given is"), (b"x", "32 bytes")],
)
def test_without_its_key_it_is_refused(encrypted, hook, message):
    with pytest.raises(BundleUntrusted, match=message):
        Bundle.open(encrypted.path, trust=TrustPolicy(bundle_key=hook))


def test_the_key_comes_from_the_environment(encrypted, tmp_path, monkeypatch):
    monkeypatch.setenv("FORENSICS_RT_BUNDLE_KEY", KEY.hex())
    assert Bundle.open(encrypted.path).id == encrypted.id
    (tmp_path / "aes").write_text("not hexadecimal")
    monkeypatch.setenv("FORENSICS_RT_BUNDLE_KEY_FILE", str(tmp_path / "aes"))
    with pytest.raises(BundleUntrusted, match="give one of"):
        Bundle.open(encrypted.path)
    monkeypatch.delenv("FORENSICS_RT_BUNDLE_KEY")
    with pytest.raises(BundleUntrusted, match="must hold 64 hexadecimal digits"):
        Bundle.open(encrypted.path)


def test_every_alteration_is_refused(encrypted):
    policy = TrustPolicy(bundle_key=KEY)
    for record in encrypted.manifest.files():
        file = encrypted.file(record)
        whole = file.read_bytes()
        for place in range(0, len(whole), max(1, len(whole) // 20)):
            for data in (whole[:place], whole[:place] + b"?" + whole[place + 1 :]):
                if data == whole:
                    continue
                file.write_bytes(data)
                with pytest.raises(BundleError):
                    Bundle.open(encrypted.path, trust=policy)
        file.write_bytes(whole)
    Bundle.open(encrypted.path, trust=policy)


def test_a_file_cannot_take_the_place_of_another():
    cipher = FileCipher(KEY)
    stored = cipher.encrypt(b"a graph", "a.onnx")
    assert cipher.decrypt(stored, "a.onnx") == b"a graph"
    with pytest.raises(BundleError, match=r"b\.onnx: cannot be decrypted"):
        cipher.decrypt(stored, "b.onnx")
    assert cipher.encrypt(b"a graph", "a.onnx") != stored, "each has a random number of its own"


def test_the_key_is_never_shown(encrypted):
    shown = repr(encrypted) + repr(encrypted.trust) + str(os.listdir(encrypted.path))
    assert KEY.hex() not in shown and repr(KEY) not in shown


def test_it_is_not_encrypted_twice(encrypted, tmp_path):
    with pytest.raises(BundleError, match="is encrypted already"):
        encrypted_copy(encrypted, KEY, tmp_path / "twice")
