"""A bundle that is not as its signer left it is refused, whatever was done to it."""

import json
import shutil
import stat
import subprocess
from dataclasses import replace

import pytest

from forensics_rt import Bundle, Detector, TrustPolicy, read_keys
from forensics_rt.bundle.copying import copy_with_recipe
from forensics_rt.bundle.trust.keys import make_keys
from forensics_rt.bundle.trust.signature import SIGNATURE_FILE, sign_manifest
from forensics_rt.errors import BundleAltered, BundleError, BundleUntrusted, OutputError
from forensics_rt.recipe import Recipe
from tests.bundles import brightness_graph, file_record, golden, write_bundle
from tests.counts import count


def sign(bundle, key):
    sign_manifest(bundle.path, (bundle.path / "manifest.json").read_bytes(), key)


def trusting(*files, **more):
    return TrustPolicy(require_signature=True, keys=read_keys(files), **more)


@pytest.fixture
def signed(tmp_path, keys):
    bundle = write_bundle(tmp_path / "signed", [brightness_graph()], goldens=[golden()])
    sign(bundle, keys / "old.key")
    return bundle


def test_a_signed_bundle_is_opened_and_says_who_signed(signed, keys):
    policy = trusting(keys / "old.pub")

    assert Bundle.open(signed.path, trust=policy).signer == policy.keys[0].id
    with Detector(signed.path, "numpy", trust=policy) as detector:
        assert detector.bundle.signer == policy.keys[0].id


def test_a_bundle_that_nobody_signed_is_refused(signed, keys):
    (signed.path / SIGNATURE_FILE).unlink()

    with pytest.raises(BundleUntrusted, match=r"must be signed by key \w{16}, but none"):
        Bundle.open(signed.path, trust=trusting(keys / "old.pub"))
    with pytest.raises(BundleUntrusted, match="must be signed"):
        Detector(signed.path, "numpy", trust=trusting(keys / "old.pub"))
    with pytest.raises(BundleUntrusted, match="must be signed"):
        Detector(Bundle.open(signed.path), "numpy", trust=trusting(keys / "old.pub"))


def test_the_signature_of_a_key_that_is_not_trusted_is_none(signed, keys):
    with pytest.raises(BundleUntrusted, match="must be signed by key"):
        Bundle.open(signed.path, trust=trusting(keys / "new.pub"))


def test_a_key_can_follow_another(signed, keys):
    sign(signed, keys / "new.key")

    for trusted in (["old.pub"], ["new.pub"], ["old.pub", "new.pub"]):
        policy = trusting(*(keys / name for name in trusted))
        assert Bundle.open(signed.path, trust=policy).signer in {key.id for key in policy.keys}
    assert Bundle.open(signed.path, trust=trusting(keys)).signer, "a folder stands for its *.pub"


def alterations(folder):
    """Yield each file of the bundle with what is to be written in its place, many times."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole = file.read_bytes()
        for share in range(0, 100, count(20, 1)):
            yield file, whole[: len(whole) * share // 100]
            changed = bytearray(whole)
            changed[len(whole) * share // 100] ^= 1 << share % 8
            yield file, bytes(changed)
        yield file, whole + b" "


def test_every_alteration_and_truncation_of_any_file_is_refused(signed, keys):
    policy, tried = trusting(keys / "old.pub"), 0
    for file, data in alterations(signed.path):
        whole = file.read_bytes()
        if file.name == SIGNATURE_FILE and is_json_of_the_same(whole, data):
            continue
        file.write_bytes(data)
        with pytest.raises(BundleError):
            Bundle.open(signed.path, trust=policy)
        file.write_bytes(whole)
        tried += 1
    assert tried >= count(40, 800)
    assert Bundle.open(signed.path, trust=policy).id == signed.id


def is_json_of_the_same(whole, data):
    """Tell whether other white space in the file of signatures is all that differs."""
    try:
        return json.loads(whole) == json.loads(data)
    except ValueError:
        return False


def test_a_manifest_that_vouches_for_other_files_is_refused(signed, keys, tmp_path):
    other = write_bundle(tmp_path / "other", [brightness_graph()], goldens=[golden(0.1)])
    shutil.copy(signed.path / SIGNATURE_FILE, other.path)

    with pytest.raises(BundleUntrusted, match="is not of this manifest"):
        Bundle.open(other.path, trust=trusting(keys / "old.pub"))
    with pytest.raises(BundleUntrusted, match="is not of this manifest"):
        Bundle.open(other.path, trust=TrustPolicy(keys=read_keys([keys / "old.pub"])))


def test_an_older_bundle_is_refused_although_it_was_signed(signed, keys):
    policy = trusting(keys / "old.pub", minimum_versions={signed.manifest.name: "2"})

    with pytest.raises(BundleUntrusted, match="must have version 2 or later, but has 1"):
        Bundle.open(signed.path, trust=policy)


@pytest.mark.parametrize(
    ("least", "version", "accepted"),
    [("1.2", "1.10", True), ("1.2", "1.2.0", True), ("1.2.0", "1.2", True), ("1.2", "1.1.9", False),
     ("2", "10", True), ("1", "1b", False), ("1", "", False)],
)  # fmt: skip
def test_versions_are_compared_number_by_number(least, version, accepted):
    policy = TrustPolicy(minimum_versions={"a": least})
    policy.check_version("another", version)
    if accepted:
        policy.check_version("a", version)
    else:
        with pytest.raises(BundleUntrusted):
            policy.check_version("a", version)


def test_a_copy_with_another_manifest_is_not_signed(signed, keys, tmp_path):
    opened = Bundle.open(signed.path, trust=trusting(keys / "old.pub"))

    copy = copy_with_recipe(opened, Recipe("own"), tmp_path / "copy")

    assert not (copy.path / SIGNATURE_FILE).exists()
    with pytest.raises(BundleUntrusted):
        Bundle.open(copy.path, trust=opened.trust)


def test_a_signature_that_is_required_needs_a_key():
    with pytest.raises(BundleUntrusted, match="no key is trusted"):
        TrustPolicy(require_signature=True)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"signatures": [{"key_id": "x"}]}', "{" * 9000])
def test_a_malformed_file_of_signatures_is_refused(signed, keys, text):
    (signed.path / SIGNATURE_FILE).write_text(text)

    with pytest.raises(BundleUntrusted, match="must hold signatures"):
        Bundle.open(signed.path, trust=trusting(keys / "old.pub"))


def test_the_private_key_is_for_its_owner_and_openssl_reads_both(keys):
    assert stat.S_IMODE((keys / "old.key").stat().st_mode) == 0o600
    with pytest.raises(OutputError, match="exists already"):
        make_keys(keys / "old")
    if shutil.which("openssl"):
        made = subprocess.run(
            ["openssl", "pkey", "-in", keys / "old.key", "-pubout"], capture_output=True, check=True
        )
        assert made.stdout == (keys / "old.pub").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END",
        "-----BEGIN PUBLIC KEY-----\nÄÖÜ\n-----END PUBLIC KEY-----",
    ],
)
def test_what_is_no_key_is_said_to_be_none(tmp_path, text):
    (tmp_path / "a.pub").write_text(text, encoding="utf-8")

    with pytest.raises(BundleUntrusted, match=r"a\.pub: must be an Ed25519 public key"):
        read_keys([tmp_path / "a.pub"])
    with pytest.raises(BundleUntrusted, match="must be a private key"):
        sign_manifest(tmp_path, b"{}", tmp_path / "a.pub")


def test_graphs_may_use_other_operators_only_where_they_are_allowed(tmp_path):
    graph = brightness_graph()
    graph.graph.node[1].domain = "com.stranger"
    bundle = write_bundle(tmp_path / "b", [brightness_graph()])
    member = foreign(bundle, graph)

    with pytest.raises(BundleUntrusted, match=r"uses operators of 'com\.stranger'"):
        bundle.graph(member)
    allowing = replace(bundle, trust=TrustPolicy(allowed_domains=frozenset({"com.stranger"})))
    assert allowing.graph(member) == graph.SerializeToString()


def foreign(bundle, graph):
    """Put another graph into a bundle, vouched for by the record that is returned."""
    (bundle.path / "foreign.onnx").write_bytes(graph.SerializeToString())
    record = file_record(bundle.path, "foreign.onnx")
    return bundle.manifest.members[0].model_copy(update={"graph": record})


def test_what_is_no_graph_is_refused_before_an_engine_sees_it(tmp_path):
    bundle = write_bundle(tmp_path / "b", [brightness_graph()])
    deep = b""
    for _ in range(200):  # a graph in an attribute of a node of a graph …
        for tag in (0x32, 0x2A, 0x0A):
            deep = bytes([tag]) + varint(len(deep)) + deep
    for data in (b"\x0a\xff", b"\xff" * 40, b"\x0b", b"\x3a" + varint(len(deep)) + deep):
        (bundle.path / "foreign.onnx").write_bytes(data)
        record = file_record(bundle.path, "foreign.onnx")
        member = bundle.manifest.members[0].model_copy(update={"graph": record})
        with pytest.raises(BundleAltered, match="cannot be read as an ONNX graph"):
            bundle.graph(member)


def varint(number):
    found = b""
    while number > 0x7F:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])
