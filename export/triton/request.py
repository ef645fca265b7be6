"""What a model repository is to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from export.errors import ExportError
from forensics_rt.bundle.opening import Bundle

MemberBackend = Literal["python", "onnxruntime", "tensorrt"]
MEMBER_BACKENDS: tuple[MemberBackend, ...] = get_args(MemberBackend)


@dataclass(frozen=True)
class RepositoryRequest:
    """One model repository.

    Attributes:
        bundle: What it serves.
        out: Folder to write.
        recipe: Name of a recipe, or its TOML file.
        parameters: Of the detector, by name, as `forensics_rt.triton.deployment` reads them; those
            that are missing or empty are not set.
        member_backend: What runs the members that `forensics_rt_bls` calls.
        on_gpu: Whether instances are for GPUs.
        instances: Of `forensics_rt`.
        bls_instances: Of `forensics_rt_bls`: how many requests it works at.
        member_instances: Of each member.
        max_batch: Most tiles in a batch of a member; `None` for what the bundle says.
        queue: Requests that may wait before others are refused.
        timeout: Seconds after which a request that waits is refused.
        max_pixels: Largest width × height accepted.
        largest_file: Bytes of the largest file that clients send, for the figures of memory.
        warm_up: Whether a model computes something before it is ready.
        force: Whether what is in `out` is replaced.

    Raises:
        ExportError: If a number is out of its range, or there are no such engines in the bundle.
    """

    bundle: Bundle
    out: Path
    recipe: str = "balanced"
    parameters: tuple[tuple[str, str], ...] = ()
    member_backend: MemberBackend = "python"
    on_gpu: bool = False
    instances: int = 2
    bls_instances: int = 4
    member_instances: int = 2
    max_batch: int | None = None
    queue: int = 64
    timeout: float = 30.0
    max_pixels: int = 50_000_000
    largest_file: int = 16 << 20
    warm_up: bool = True
    force: bool = False

    def __post_init__(self) -> None:
        """Refuse what no server could run."""
        for name in (
            "instances",
            "bls_instances",
            "member_instances",
            "max_batch",
            "queue",
            "timeout",
            "max_pixels",
            "largest_file",
        ):
            number = getattr(self, name)
            if number is not None and number <= 0:
                raise ExportError(f"{name} must be more than 0, got {number}")
        if not self.with_members and self.member_backend != "python":
            raise ExportError(
                f"{self.bundle.path}: its networks read the coefficients of JPEG, and models of "
                f"members take pixels alone; leave out the backend {self.member_backend}, and "
                "the whole pipeline serves it"
            )
        if self.bundle.encrypted and self.member_backend != "python":
            raise ExportError(
                f"{self.bundle.path}: is encrypted, and Triton's backend {self.member_backend} "
                "reads files; take the backend python for the members, which decrypts in memory"
            )
        engines = [engine.kind for engine in self.bundle.manifest.engines]
        if self.member_backend == "tensorrt" and "tensorrt" not in engines:
            raise ExportError(
                f"{self.bundle.path}: must have prebuilt TensorRT engines for members on the "
                f"backend tensorrt, but has {', '.join(sorted(set(engines))) or 'none'}; build "
                "them with python -m export.build_engines --engine tensorrt, or choose another "
                "backend for the members"
            )
        if self.member_backend == "tensorrt" and not self.on_gpu:
            raise ExportError("members on the backend tensorrt need a GPU; ask for one, too")

    @property
    def with_members(self) -> bool:
        """Whether members are models of their own, which take pixels alone."""
        return self.bundle.manifest.contract.coefficients is None

    @property
    def batch(self) -> int:
        """Most tiles in a batch of a member."""
        return self.max_batch or self.bundle.manifest.contract.batch.max

    @property
    def timeout_microseconds(self) -> int:
        """The timeout as Triton counts."""
        return round(self.timeout * 1e6)
