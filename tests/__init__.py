"""Tests mirror the packages; each reads as an example of what it tests."""

import os

# NumPy and PyTorch read it when they are loaded. By default each process starts a thread for every
# core, and those of several processes wait for each other by computing nothing.
if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
