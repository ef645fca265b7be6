"""What the environment says, and that a slip in it is an error and not a lower wall."""

import os
import pickle
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from forensics_rt import Bundle, Detector, TrustPolicy, read_keys
from forensics_rt.bundle.trust.environment import policy_of
from forensics_rt.bundle.trust.signature import sign_manifest
from forensics_rt.cli.main import app
from forensics_rt.errors import BundleUntrusted
from tests.bundles import brightness_graph, golden, write_bundle


def test_nothing_is_required_where_nothing_is_set():
    assert policy_of({"PATH": "/bin", "FORENSICS_RT_REQUIRE_SIGNATURE": " "}) == TrustPolicy()


def test_all_that_can_be_set(keys):
    places = os.pathsep.join([str(keys / "old.pub"), str(keys / "new.pub")])
    policy = policy_of(
        {
            "FORENSICS_RT_REQUIRE_SIGNATURE": "1",
            "FORENSICS_RT_KEYS": places,
            "FORENSICS_RT_MINIMUM_VERSIONS": "a=1.2, b=3",
            "FORENSICS_RT_ALLOWED_DOMAINS": "com.microsoft, mine",
            "FORENSICS_RT_ALLOW_HOST_CODE": "yes",
            "FORENSICS_RT_BUNDLE_KEY": "00" * 32,
        }
    )
    assert policy == TrustPolicy(
        require_signature=True,
        keys=read_keys([keys / "old.pub", keys / "new.pub"]),
        minimum_versions={"a": "1.2", "b": "3"},
        allowed_domains=frozenset({"com.microsoft", "mine"}),
        allow_host_code=True,
        bundle_key=bytes(32),
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("REQUIRE_SIGNATURE", "1", "no key is trusted"),
        ("REQUIRE_SIGNATURE", "on", "must be 1 or 0, got 'on'"),
        ("KEYS", "/no/such.pub", "cannot be read"),
        ("MINIMUM_VERSIONS", "2", "must be like"),
        ("MINIMUM_VERSIONS", "a=new", "must be numbers with dots"),
        ("ALLOW_HOST_CODE", "perhaps", "must be 1 or 0"),
        ("BUNDLE_KEY", "secret", "must be 64 hexadecimal digits"),
    ],
)
def test_a_slip_is_an_error(bundle, monkeypatch, name, value, message):
    monkeypatch.setenv(f"FORENSICS_RT_{name}", value)
    with pytest.raises(BundleUntrusted, match=message):
        Bundle.open(bundle.path)


def test_the_environment_holds_for_detectors_and_commands(bundle, keys, monkeypatch):
    monkeypatch.setenv("FORENSICS_RT_REQUIRE_SIGNATURE", "1")
    monkeypatch.setenv("FORENSICS_RT_KEYS", str(keys))
    with pytest.raises(BundleUntrusted, match="must be signed"):
        Detector(bundle.path, "numpy")
    done = CliRunner().invoke(app, ["inspect", str(bundle.path)])
    assert isinstance(done.exception, BundleUntrusted)
    sign_manifest(bundle.path, (bundle.path / "manifest.json").read_bytes(), keys / "new.key")
    with Detector(bundle.path, "numpy") as detector:
        assert detector.bundle.signer is not None
        with pickle.loads(pickle.dumps(detector)) as again:
            assert again.bundle.trust == detector.bundle.trust


def test_the_commands_sign_verify_and_encrypt(tmp_path):
    bundle = write_bundle(tmp_path / "b", [brightness_graph()], goldens=[golden()])
    run = CliRunner().invoke
    assert run(app, ["keygen", str(tmp_path / "k")]).exit_code == 0
    assert run(app, ["sign", str(bundle.path), "--key", str(tmp_path / "k.key")]).exit_code == 0
    verify = ["verify", str(bundle.path), "--backend", "numpy", "--key", str(tmp_path / "k.pub")]
    said = run(app, verify)
    assert said.exit_code == 0 and "which is trusted" in said.output
    shown = run(app, ["inspect", str(bundle.path)]).output
    assert "not checked, as that key" in " ".join(shown.split())

    (tmp_path / "aes").write_text("ab" * 32)
    encrypt = ["encrypt", str(bundle.path), "--out", str(tmp_path / "e"), "--key-file"]
    assert run(app, [*encrypt, str(tmp_path / "aes")]).exit_code == 0
    (bundle.path / "manifest.sig.json").unlink()
    assert isinstance(run(app, verify).exception, BundleUntrusted)


def test_the_service_does_not_start_with_a_bundle_that_nobody_signed(bundle, keys):
    command = ["serve", "--bundle", str(bundle.path), "--key", str(keys / "old.pub"), "--port", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "forensics_rt", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "must be signed by key" in done.stderr
