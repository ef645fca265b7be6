"""The policy that the environment sets, for programs that are given none in code."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from forensics_rt.bundle.trust.keys import read_keys
from forensics_rt.bundle.trust.policy import TrustPolicy
from forensics_rt.errors import BundleUntrusted

PREFIX = "FORENSICS_RT_"
_YES, _NO = ("1", "true", "yes"), ("", "0", "false", "no")


def policy_of(environment: Mapping[str, str] | None = None) -> TrustPolicy:
    """Return the policy that environment variables set.

    `FORENSICS_RT_REQUIRE_SIGNATURE`, `FORENSICS_RT_KEYS` (files or folders, separated like PATH),
    `FORENSICS_RT_MINIMUM_VERSIONS` (`name=1.2,other=3`), `FORENSICS_RT_ALLOWED_DOMAINS` (separated
    by commas), `FORENSICS_RT_ALLOW_HOST_CODE`, and `FORENSICS_RT_BUNDLE_KEY` (64 hexadecimal
    digits) or `FORENSICS_RT_BUNDLE_KEY_FILE`.

    Args:
        environment: `None` for that of the process.

    Raises:
        BundleUntrusted: If a variable has another form, or a key cannot be read: what was meant to
            be required is never left out silently.

    Example:
        >>> policy_of({"FORENSICS_RT_MINIMUM_VERSIONS": "mine=2"}).minimum_versions
        {'mine': '2'}
    """
    given = os.environ if environment is None else environment
    values = {name.removeprefix(PREFIX): value for name, value in given.items() if value.strip()}
    return TrustPolicy(
        require_signature=_yes(values, "REQUIRE_SIGNATURE"),
        keys=read_keys(filter(None, values.get("KEYS", "").split(os.pathsep))),
        minimum_versions=_versions(values.get("MINIMUM_VERSIONS", "")),
        allowed_domains=frozenset(_words(values.get("ALLOWED_DOMAINS", ""))),
        allow_host_code=_yes(values, "ALLOW_HOST_CODE"),
        bundle_key=_bundle_key(values),
    )


def _yes(values: Mapping[str, str], name: str) -> bool:
    value = values.get(name, "").strip().lower()
    if value not in (*_YES, *_NO):
        raise BundleUntrusted(f"{PREFIX}{name} must be 1 or 0, got {value!r}")
    return value in _YES


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _versions(text: str) -> dict[str, str]:
    found = {}
    for word in _words(text):
        name, equals, version = word.rpartition("=")
        if not equals or not name:
            raise BundleUntrusted(
                f"{PREFIX}MINIMUM_VERSIONS must be like 'name=1.2,other=3', got {word!r}"
            )
        found[name.strip()] = version.strip()
    return found


def _bundle_key(values: Mapping[str, str]) -> bytes | Path | Callable[[str], bytes] | None:
    text, file = values.get("BUNDLE_KEY"), values.get("BUNDLE_KEY_FILE")
    if text is not None and file is not None:
        raise BundleUntrusted(f"give one of {PREFIX}BUNDLE_KEY and {PREFIX}BUNDLE_KEY_FILE")
    if text is None:
        return None if file is None else Path(file)
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        raise BundleUntrusted(f"{PREFIX}BUNDLE_KEY must be 64 hexadecimal digits") from None
