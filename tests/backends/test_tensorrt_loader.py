"""What is asked before an engine is loaded, and what is said when it cannot be."""

import hashlib
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from forensics_rt.backends.registry import open_backend
from forensics_rt.backends.tensorrt.loader import EngineLoader
from forensics_rt.bundle.engines.cache import RECORD_FILE, cache_folder_of
from forensics_rt.bundle.opening import Bundle
from forensics_rt.bundle.trust.policy import TrustPolicy
from forensics_rt.cuda.driver import probe_driver
from forensics_rt.errors import (
    BackendUnavailable,
    BundleAltered,
    BundleUntrusted,
    CudaUnavailable,
    EngineFailed,
    EngineMismatch,
)
from forensics_rt.system.gpu_platform import GpuPlatform
from tests.backends.played_tensorrt import PlayedDevice, PlayedTensorRT, engine_bundle, open_played
from tests.bundle.engines.records import L4
from tests.bundles import file_record

TILE = np.zeros((1, 32, 32, 3), np.uint8)
A10 = GpuPlatform("NVIDIA A10", "8.6", L4.driver, L4.cuda, L4.tensorrt)


@pytest.fixture
def bundle(tmp_path):
    return engine_bundle(tmp_path / "bundle", members=1, tiles=(32,))


def plan_of(bundle):
    return bundle.path / bundle.manifest.engines[0].file.path


def alter(bundle):
    data = bytearray(plan_of(bundle).read_bytes())
    data[5] ^= 1
    plan_of(bundle).write_bytes(data)


def loader(bundle, machine=L4):
    trt = PlayedTensorRT(PlayedDevice())
    return EngineLoader("tensorrt", bundle, machine, trt), trt


def test_an_altered_plan_is_never_deserialized(bundle):
    backend, _, trt = open_played(bundle)
    alter(bundle)

    with pytest.raises(BundleAltered, match="engine is executable code"):
        backend.infer(0, TILE)
    assert trt.loaded == [] and trt.runtimes == 0


def test_the_hash_comes_before_the_machine(bundle):
    alter(bundle)
    opened, trt = loader(bundle, A10)
    with pytest.raises(BundleAltered):
        opened.load(0, 32)
    assert trt.loaded == []


def test_the_machine_comes_before_tensorrt(bundle):
    opened, trt = loader(bundle, A10)
    with pytest.raises(EngineMismatch, match=r"built on NVIDIA L4 .*this machine has NVIDIA A10"):
        opened.load(0, 32)
    assert trt.loaded == [] and trt.runtimes == 0


def test_what_is_loaded_are_the_bytes_that_were_checked(bundle):
    opened, trt = loader(bundle)
    engine = opened.load(0, 32)

    assert trt.loaded == [plan_of(bundle).read_bytes()]
    assert (engine.record.batch.min, engine.record.batch.max) == (1, 8)
    assert trt.runtime.engine_host_code_allowed is False


def test_a_mismatch_is_found_when_the_backend_starts(bundle):
    with pytest.raises(EngineMismatch) as caught:
        open_played(bundle, machine=A10)
    assert "python -m export.build_engines --bundle" in str(caught.value)


def test_an_engine_rebuilt_for_this_machine_is_taken_from_the_cache(bundle, monkeypatch, tmp_path):
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path / "cache"))
    record = bundle.manifest.engines[0]
    folder = cache_folder_of(record, A10)
    folder.mkdir(parents=True)
    plan = json.dumps({"member": 0, "tile": 32, "batch": [1, 4, 8], "rebuilt": True}).encode()
    (folder / "here.plan").write_bytes(plan)
    changes = {"gpu": A10.gpu, "compute_capabilities": ("8.6",)}
    here = record.model_copy(update=changes | {"file": file_record(folder, "here.plan")})
    (folder / RECORD_FILE).write_text(here.model_dump_json())
    plan_of(bundle).unlink()  # what does not fit here is not even read

    backend, _, trt = open_played(bundle, machine=A10)
    backend.infer(0, TILE)
    assert trt.loaded == [plan]


def test_a_plan_that_tensorrt_refuses_is_an_error_with_its_words_and_the_command(bundle):
    data = b"no plan of this version"
    plan_of(bundle).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    record = bundle.manifest.engines[0]
    file = record.file.model_copy(update={"sha256": digest, "bytes": len(data)})
    engines = (record.model_copy(update={"file": file}),)
    manifest = bundle.manifest.model_copy(update={"engines": engines})
    backend, _, _ = open_played(Bundle(bundle.path, manifest, bundle.id))

    with pytest.raises(EngineMismatch) as caught:
        backend.infer(0, TILE)
    assert "Magic tag does not match" in str(caught.value)
    assert "python -m export.build_engines --bundle" in str(caught.value)


@pytest.mark.parametrize(
    ("plan", "cause"),
    [
        ({"input": "HALF"}, "must take uint8 'image' and give float32"),
        ({"tile": 64}, r"takes shapes from \(1, 64, 64, 3\)"),
        ({"batch": [1, 2, 4]}, "its record says batches from 1 to 8"),
    ],
)
def test_an_engine_that_is_not_what_its_record_says_is_refused(tmp_path, plan, cause):
    before = engine_bundle(tmp_path, members=1, tiles=(32,))
    whole = {"member": 0, "tile": 32, "batch": [1, 4, 8]} | plan
    plan_of(before).write_text(json.dumps(whole))
    record = before.manifest.engines[0]
    file = file_record(tmp_path, record.file.path)
    engines = (record.model_copy(update={"file": file}),)
    manifest = before.manifest.model_copy(update={"engines": engines})
    backend, _, _ = open_played(Bundle(tmp_path, manifest, before.id))

    with pytest.raises(EngineFailed, match=cause):
        backend.infer(0, TILE)


def test_an_engine_of_another_graph_is_refused(tmp_path):
    bundle = engine_bundle(tmp_path, members=1, tiles=(32,), graph_sha256="0" * 64)
    with pytest.raises(EngineMismatch, match="was built from another graph"):
        open_played(bundle)


def test_a_missing_engine_is_named_with_the_command_that_builds_it(tmp_path):
    whole = engine_bundle(tmp_path, members=1)
    manifest = whole.manifest.model_copy(update={"engines": whole.manifest.engines[:1]})
    with pytest.raises(EngineMismatch) as caught:
        open_played(Bundle(tmp_path, manifest, whole.id))
    assert "no tensorrt engine of member 'fold1' at 64×64" in str(caught.value)
    assert "--engine tensorrt" in str(caught.value)


def test_only_engines_for_later_versions_may_bring_code_of_the_host(tmp_path):
    bundle = engine_bundle(tmp_path, members=1, tiles=(32,), version_compatible=True)
    with pytest.raises(BundleUntrusted, match=r"brings code for the processor.*ALLOW_HOST_CODE=1"):
        loader(bundle)[0].load(0, 32)
    bundle = replace(bundle, trust=TrustPolicy(allow_host_code=True))
    opened, trt = loader(bundle)
    opened.load(0, 32)
    assert trt.runtime.engine_host_code_allowed is True


def test_without_a_driver_tensorrt_is_not_even_imported(bundle, monkeypatch):
    if probe_driver().usable:
        pytest.skip("this machine has a driver")
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(CudaUnavailable, match="no NVIDIA driver"):
        EngineLoader("tensorrt", bundle, L4)


@pytest.mark.parametrize("kind", ["tensorrt", "tensorrt-rtx"])
def test_asked_for_by_name_it_is_an_error_with_a_reason(kind, tmp_path):
    if probe_driver().usable:
        pytest.skip("this machine has a driver")
    bundle = engine_bundle(tmp_path)
    with pytest.raises(BackendUnavailable, match=f"tried {kind}: (no NVIDIA driver|package)"):
        open_backend(bundle, kind)
