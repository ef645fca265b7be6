"""Without Ray there is nothing to test here."""

import importlib.util

if not all(importlib.util.find_spec(name) for name in ("pyarrow", "ray")):
    collect_ignore_glob = ["test_*.py"]
