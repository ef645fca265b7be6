"""How much longer a request takes than the call of the library that it stands for."""

from __future__ import annotations

import http.client
import time

import numpy as np

from benchmarks.service.pages import one_tile_files
from benchmarks.service.process import ServiceProcess
from forensics_rt import Detector


def measure_overhead(bundle: str, requests: int) -> None:
    """Print the medians of both, in turns, and the median of the differences.

    Args:
        bundle: Which one runs.
        requests: How many of each.
    """
    files = [file.data for file in one_tile_files(requests)]
    with ServiceProcess(["--bundle", bundle]) as service, Detector(bundle) as detector:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        times: list[tuple[float, float]] = []
        for data in files:
            since = time.perf_counter()
            detector(data).to_dict()
            between = time.perf_counter()
            connection.request("POST", "/v1/detect", data, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            answer.read()
            times.append((between - since, time.perf_counter() - between))
        connection.close()
    kept = np.array(times[10:]) * 1000  # graphs are compiled by then
    library, served = np.median(kept, axis=0)
    print(
        f"one page of 512×512: library {library:.1f} ms, service {served:.1f} ms, "
        f"median of the differences {np.median(kept[:, 1] - kept[:, 0]):.1f} ms"
    )
