"""Records of engines and machines that fit one another, to change one point at a time."""

from __future__ import annotations

import hashlib
from typing import Any

from forensics_rt.bundle.manifest import BatchProfile, EngineRecord, FileRecord
from forensics_rt.system.gpu_platform import GpuPlatform

PLAN = b"the bytes of a plan"

L4 = GpuPlatform(
    gpu="NVIDIA L4",
    compute_capability="8.9",
    driver="580.65.06",
    cuda="13.0",
    tensorrt={"tensorrt": "11.4.0.106", "tensorrt-rtx": "1.7.1.116"},
)


def engine_record(**changes: Any) -> EngineRecord:
    """An FP16 engine of TensorRT that was built on the L4."""
    values: dict[str, Any] = {
        "kind": "tensorrt",
        "member": "member-1",
        "tile": 512,
        "batch": BatchProfile(min=1, opt=4, max=16),
        "precision": "fp16",
        "file": FileRecord(
            path="engines/tensorrt/member-1-512-fp16.plan",
            bytes=len(PLAN),
            sha256=hashlib.sha256(PLAN).hexdigest(),
        ),
        "graph_sha256": "a" * 64,
        "read_from": "engine",
        "gpu": L4.gpu,
        "compute_capabilities": (L4.compute_capability,),
        "driver": L4.driver,
        "cuda": L4.cuda,
        "tensorrt": L4.tensorrt["tensorrt"],
    }
    return EngineRecord(**(values | changes))


def rtx_record(**changes: Any) -> EngineRecord:
    """An FP16 engine of TensorRT for RTX, built without a GPU for two kinds of them."""
    values: dict[str, Any] = {
        "kind": "tensorrt-rtx",
        "read_from": "network",
        "gpu": None,
        "driver": None,
        "cuda": None,
        "compute_capabilities": ("8.6", "8.9"),
        "tensorrt": L4.tensorrt["tensorrt-rtx"],
    }
    return engine_record(**(values | changes))
