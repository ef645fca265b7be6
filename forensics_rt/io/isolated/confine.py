"""What a child process can no longer ask of Linux: other programs, the network, other processes.

A file that takes over its decoder can then neither start a program nor send what it reads. A list
of what is refused, and not of what is allowed: codecs come and go.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from errno import EPERM


@dataclass(frozen=True)
class _Machine:
    """A kind of processor: its number in `linux/audit.h`, and those of system calls."""

    audit: int
    seccomp: int
    refused: Mapping[str, int]


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        317,
        {"execve": 59, "execveat": 322, "socket": 41, "connect": 42, "bind": 49, "listen": 50,
         "kill": 62, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311,
         "mount": 165, "umount2": 166, "chroot": 161, "setns": 308, "unshare": 272, "bpf": 321,
         "perf_event_open": 298, "keyctl": 250, "userfaultfd": 323, "io_uring_setup": 425},
    ),
    "aarch64": _Machine(
        0xC00000B7,
        277,
        {"execve": 221, "execveat": 281, "socket": 198, "connect": 203, "bind": 200, "listen": 201,
         "kill": 129, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271,
         "mount": 40, "umount2": 39, "chroot": 51, "setns": 268, "unshare": 97, "bpf": 280,
         "perf_event_open": 241, "keyctl": 219, "userfaultfd": 282, "io_uring_setup": 425},
    ),
}  # fmt: skip
# Of `linux/prctl.h`, `linux/seccomp.h` and `linux/bpf_common.h`.
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | EPERM
_ARCHITECTURE_AT, _NUMBER_AT = 4, 0
_X32 = 0x40000000  # system calls of another kind, by which the list could be passed


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def why_not() -> str | None:
    """Say why this system does not confine child processes; `None` where it does."""
    if sys.platform != "linux":
        return "only Linux has seccomp"
    if platform.machine() not in _MACHINES:
        return f"the system calls of {platform.machine()} are not known here"
    if not os.path.exists("/proc/sys/kernel/seccomp/actions_avail"):
        return "this kernel has no seccomp filters"
    return None


def confine() -> bool:
    """Give up what a decoder needs not, for the rest of this process.

    Returns:
        Whether the system took it; limits of memory and time hold in any case.
    """
    if why_not() is not None:
        return False
    machine = _MACHINES[platform.machine()]
    libc = ctypes.CDLL(None, use_errno=True)
    code = _filter_of(machine)
    program = _Program(len(code) // 8, code)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    taken: int = libc.syscall(
        ctypes.c_long(machine.seccomp), _SET_FILTER, _ALL_THREADS, ctypes.byref(program)
    )
    return taken == 0


def _filter_of(machine: _Machine) -> bytes:
    numbers = sorted(machine.refused.values())
    end = len(numbers)  # from the first comparison of a number to the one before `_ALLOW`
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_IF_EQUAL, 0, end + 3, machine.audit),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_AT_LEAST, end + 1, 0, _X32),
        *((_IF_EQUAL, end - place, 0, number) for place, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
