"""What a bundle must prove before it is used: decided in code, or by the environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from forensics_rt.bundle.trust.keys import PublicKey
from forensics_rt.errors import BundleUntrusted

KeyHook: TypeAlias = "bytes | Path | Callable[[str], bytes]"
ONNX_DOMAINS = frozenset({"", "ai.onnx"})
_DOTTED = re.compile(r"\d+(\.\d+)*", re.ASCII)


@dataclass(frozen=True)
class TrustPolicy:
    """What a bundle must prove, and what it may bring.

    Attributes:
        require_signature: Whether one of the keys must have signed the bundle.
        keys: Public keys that are trusted. Give several while a new key replaces an old one.
        minimum_versions: The least version of a bundle by its name, numbers with dots. An older
            bundle is refused, even if it is signed.
        allowed_domains: Domains of operators that graphs may use besides ONNX's own.
        allow_host_code: Whether a prebuilt engine may bring code for the processor, as those do
            that run with later versions of TensorRT.
        bundle_key: What opens encrypted bundles: 32 bytes, a file that holds them in hexadecimal,
            or a function that returns them for the id of a key.

    Raises:
        BundleUntrusted: If a signature is required and no key is trusted, or a version is not
            made of numbers and dots.

    Example:
        >>> policy = TrustPolicy(minimum_versions={"mine": "1.2"})
        >>> policy.check_version("mine", "1.10")
        >>> policy.check_version("mine", "1.1")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        forensics_rt.errors.BundleUntrusted: bundle 'mine' must have version 1.2 or later, but ...
    """

    require_signature: bool = False
    keys: tuple[PublicKey, ...] = ()
    minimum_versions: Mapping[str, str] = field(default_factory=dict)
    allowed_domains: frozenset[str] = frozenset()
    allow_host_code: bool = False
    bundle_key: KeyHook | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what no bundle could meet."""
        if self.require_signature and not self.keys:
            raise BundleUntrusted(
                "a signature is required, but no key is trusted; name public keys in "
                "`TrustPolicy(keys=read_keys([...]))` or FORENSICS_RT_KEYS"
            )
        for name, version in self.minimum_versions.items():
            _numbers(version, f"the least version of bundle {name!r}")

    def check_version(self, name: str, version: str) -> None:
        """Refuse a bundle that is older than its least version.

        Raises:
            BundleUntrusted: If it is, or its version cannot be compared.
        """
        least = self.minimum_versions.get(name)
        if least is None:
            return
        wanted = _numbers(least, f"the least version of bundle {name!r}")
        if _numbers(version, f"bundle {name!r}: the version") < wanted:
            raise BundleUntrusted(
                f"bundle {name!r} must have version {least} or later, but has {version}; get the "
                "newer bundle"
            )

    def check_domains(self, domains: frozenset[str], file: object) -> None:
        """Refuse a graph with operators that are neither ONNX's nor allowed.

        Raises:
            BundleUntrusted: Naming their domains.
        """
        others = sorted(domains - ONNX_DOMAINS - self.allowed_domains)
        if others:
            raise BundleUntrusted(
                f"{file}: uses operators of {', '.join(map(repr, others))}, which are not ONNX's; "
                "allow them by name in `TrustPolicy(allowed_domains=...)` or "
                "FORENSICS_RT_ALLOWED_DOMAINS, if you trust who built the bundle"
            )


def _numbers(version: str, what: str) -> tuple[int, ...]:
    if not isinstance(version, str) or not _DOTTED.fullmatch(version):
        raise BundleUntrusted(f"{what} must be numbers with dots, such as '1.2', got {version!r}")
    numbers = [int(number) for number in version.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:  # 1.0 is 1
        numbers.pop()
    return tuple(numbers)
