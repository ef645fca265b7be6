"""`forensics-rt serve`: the detector as a service over HTTP."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from forensics_rt.cli import options
from forensics_rt.cli.options import INPUT, MACHINE, flag, option
from forensics_rt.cli.token import VARIABLE, find_token
from forensics_rt.io.optional import load_optional

SERVICE = "Service"
LIMITS = "Limits"
_MB = 1_000_000
_PACKAGES = ("fastapi", "uvicorn", "prometheus_client", "python_multipart")


def _service(metavar: str, help: str) -> Any:
    return option(SERVICE, metavar, help, show_default=False)


def _reading(metavar: str, help: str) -> Any:
    return option(INPUT, metavar, help, min=1, show_default=False)


def _limit(metavar: str, help: str) -> Any:
    return option(LIMITS, metavar, help, min=1, show_default=False)


def serve(
    host: Annotated[str, _service("NAME", "Address to listen at (default: 127.0.0.1).")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, _service("N", "Port (default: 8000); 0 for a free one.")] = 8000,
    token_file: Annotated[Path | None, _service("FILE", f"Token file; or ${VARIABLE}.")] = None,
    log_names: Annotated[
        bool, flag(SERVICE, "Write names of files into the log.", "--log-names")
    ] = False,
    recipe: options.RecipeOption = "balanced",
    backend: options.BackendOption = "auto",
    bundle: options.BundleOption = None,
    key: options.KeyOption = None,
    device: options.DeviceOption = None,
    threshold: options.ThresholdOption = None,
    high_threshold: options.HighThresholdOption = None,
    high_area: options.HighAreaOption = None,
    calibration: options.CalibrationOption = None,
    operating_point: options.OperatingPointOption = None,
    prevalence: options.PrevalenceOption = None,
    threads: options.ThreadsOption = None,
    precision: options.PrecisionOption = "auto",
    decoders: Annotated[
        int | None, option(MACHINE, "N", "Images decoded at a time (default: CPUs/2).", min=1)
    ] = None,
    no_isolate: Annotated[
        bool, flag(INPUT, "Decode in this process, not in children.", "--no-isolate")
    ] = False,
    decode_seconds: Annotated[int, _reading("S", "Most seconds to decode a page (30).")] = 30,
    decode_mb: Annotated[int, _reading("MB", "Most memory to decode a page (2000).")] = 2000,
    max_pixels: Annotated[int, _limit("N", "Largest image in pixels (100 Mpx).")] = 100 * _MB,
    max_mb: Annotated[int, _limit("MB", "Largest body of a request (64).")] = 64,
    max_held_mb: Annotated[int, _limit("MB", "All request bodies together (1000).")] = 1000,
    max_pages: Annotated[int, _limit("N", "Most pages of a document (500).")] = 500,
    max_waiting: Annotated[int, _limit("N", "Most images in the queue (64).")] = 64,
    max_requests: Annotated[int, _limit("N", "Most requests at a time (256).")] = 256,
    max_jobs: Annotated[int, _limit("N", "Most unfinished jobs (16).")] = 16,
    deadline: Annotated[int, _limit("S", "Most seconds to an answer (120).")] = 120,
    upload_seconds: Annotated[int, _limit("S", "Most seconds for an upload (60).")] = 60,
    keep_seconds: Annotated[int, _limit("S", "Seconds that job results stay (900).")] = 900,
    drain_seconds: Annotated[int, _limit("S", "Most seconds to end on SIGTERM (60).")] = 60,
) -> None:
    """Answer HTTP: examine images that programs or people send.

    GET /openapi.json describes all requests and answers.

    SIGTERM or Ctrl-C ends the service once all accepted requests are answered.
    """
    for package in _PACKAGES:
        load_optional(package, "serve", "forensics-rt serve")
    from forensics_rt.detector import Detector
    from forensics_rt.serve.logs import log_json_lines
    from forensics_rt.serve.server import listen
    from forensics_rt.serve.server import serve as run
    from forensics_rt.serve.settings import Limits, Settings

    limits = Limits(
        bytes=max_mb * _MB,
        held_bytes=max_held_mb * _MB,
        pages=max_pages,
        requests=max_requests,
        waiting=max_waiting,
        jobs=max_jobs,
        upload_seconds=upload_seconds,
        deadline_seconds=deadline,
        keep_seconds=keep_seconds,
        drain_seconds=drain_seconds,
    )
    settings = Settings(
        limits,
        find_token(token_file),
        log_names,
        decoders,
        not no_isolate,
        decode_seconds,
        decode_mb * _MB,
    )
    with (
        closing(listen(host, port)) as listener,
        Detector(
            bundle,
            backend,
            recipe,
            device,
            threshold=threshold,
            high_threshold=high_threshold,
            high_area=high_area,
            calibration=calibration,
            operating_point=operating_point,
            prevalence=prevalence,
            threads=threads,
            precision=precision,
            max_pixels=max_pixels,
            trust=options.trust_of(key),
        ) as detector,
    ):
        log_json_lines()
        run(detector, settings, listener)
    raise typer.Exit(0)
