"""A browser, and the service that it looks at: `forensics-rt serve` in a process of its own."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serve.page.papers import write_papers
from tests.serve.page.tab import Tab

_PATIENCE = 60.0  # seconds
_COMMAND = "from forensics_rt.cli.main import main; main()"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# It must not ask anybody for anything.
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Of the package, not of the session: while it runs, no other test could use asyncio.
@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """One browser for all tests of the page."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("needs a browser: `apt-get install chromium`")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=_QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def address(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service is; it is started only if there is a browser."""
    log = tmp_path_factory.mktemp("serve") / "log"
    command = [sys.executable, "-c", _COMMAND, "serve", "--bundle", "fast", "--port", "0"]
    # One number format, so that the start measures none; no children, which would be started too.
    # Jobs of tabs that were closed are not waited for.
    options = ["--precision", "float32", "--no-isolate", "--drain-seconds", "1"]
    with log.open("wb") as output:
        process = subprocess.Popen(command + options, stdout=output, stderr=output)
    yield _address_in(log, process)
    process.send_signal(signal.SIGTERM)
    try:
        assert process.wait(_PATIENCE) == 0, log.read_text()
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"it does not end:\n{log.read_text()}") from None


def _address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith("{") and "address" in line:
                return str(json.loads(line)["address"])
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="package")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small files."""
    folder = tmp_path_factory.mktemp("papers")
    write_papers(folder)
    return folder


@pytest.fixture(params=[{}])
def tab(browser: Any, address: str, papers: Path, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A tab with the page, in a profile of its own; `tab` may be parametrized with its options."""
    options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
    context = browser.new_context(**options | request.param)
    context.set_default_timeout(_PATIENCE * 1000)
    opened = Tab(context.new_page(), address, papers)
    opened.open()
    yield opened
    context.close()
    assert opened.wrong == []
