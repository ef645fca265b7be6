"""How much shared memory the models of a repository take at most."""

from __future__ import annotations

from dataclasses import dataclass

from export.triton.members import MemberPlan
from export.triton.request import RepositoryRequest

# Each instance of a Python model starts with a region of one MiB, which grows and never shrinks.
REGION = 1 << 20
# What does not fit makes it larger by its own size. So where sizes rise, it comes close to twice
# the largest request with its answer, and never beyond.
_GROWTH = 2
_PNG_BYTES, _FLOAT_BYTES = 2, 4
TILE_BYTES = 3 + 4  # RGB in, float32 out
_JSON = 1 << 20
_LEAST_DOCKER = 64 << 20


@dataclass(frozen=True)
class SharedMemory:
    """Bytes in `/dev/shm` that one instance of each kind takes at most.

    Attributes:
        pipeline: Of `forensics_rt`, where nobody asks for a float map.
        pipeline_with_floats: The same, where somebody does.
        bls: Of `forensics_rt_bls`, where somebody does: tiles are on their way, too.
        member: Of one member that the Python backend runs; 0 for any other.
        total: Of all instances together, with float maps.
    """

    pipeline: int
    pipeline_with_floats: int
    bls: int
    member: int
    total: int

    @property
    def docker_shm_size(self) -> str:
        """What `docker run --shm-size` needs, in MiB, such as `512m`."""
        return f"{-(-max(self.total, _LEAST_DOCKER) // (1 << 20))}m"


def region_bytes(in_use: int) -> int:
    """Return how large a region becomes at most.

    Args:
        in_use: Bytes of the largest request and its answer.
    """
    return REGION + _GROWTH * in_use


def answer_bytes(pixels: int, float_map: bool) -> int:
    """Return how many bytes an answer has at most: JSON, PNG and, if asked for, the float map.

    Args:
        pixels: Of the image.
        float_map: Whether it is asked for.
    """
    return _JSON + pixels * (_PNG_BYTES + (_FLOAT_BYTES if float_map else 0))


def shared_memory(
    request: RepositoryRequest, plans: tuple[MemberPlan, ...], tiles_ahead: int
) -> SharedMemory:
    """Return what the repository takes at most, if no file is larger than `largest_file`.

    Args:
        request: The repository.
        plans: Its members.
        tiles_ahead: How many tiles of one image are under way in `forensics_rt_bls`.
    """
    file, pixels = request.largest_file, request.max_pixels
    pipeline = region_bytes(file + answer_bytes(pixels, False))
    with_floats = region_bytes(file + answer_bytes(pixels, True))
    side = max(request.bundle.manifest.tile_sizes)
    tiles = tiles_ahead * side * side * TILE_BYTES
    bls = region_bytes(file + answer_bytes(pixels, True) + tiles)
    own = [plan for plan in plans if plan.file is None]
    batch = max((plan.batch for plan in own), default=0)
    member = region_bytes(batch * side * side * TILE_BYTES) if own else 0
    total = (
        request.instances * with_floats
        + (request.bls_instances * bls if request.with_members else 0)
        + len(own) * request.member_instances * member
    )
    return SharedMemory(pipeline, with_floats, bls, member, total)
