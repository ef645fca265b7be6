"""The page in a tab, as a person uses it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

_PATIENCE = 60.0  # seconds
_PICK = "input[type=file]:not([capture])"
# Counts the pictures that the page holds.
_COUNT = """
const make = URL.createObjectURL, free = URL.revokeObjectURL;
globalThis.held = new Set();
URL.createObjectURL = (blob) => { const url = make(blob); held.add(url); return url; };
URL.revokeObjectURL = (url) => { held.delete(url); free(url); };
"""


class Tab:
    """A tab.

    Args:
        page: Of Playwright.
        address: Of the service.
        papers: A folder of files.

    Attributes:
        asked: Every address that was asked for.
        wrong: What must never happen: errors of scripts, breaches of the policy, other hosts.
    """

    def __init__(self, page: Any, address: str, papers: Path) -> None:
        self.page = page
        self.papers = papers
        self.address = address
        self.asked: list[str] = []
        self.wrong: list[str] = []
        page.add_init_script(_COUNT)
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self._hear(message.text))
        # The browser hands the dialog over only while somebody listens, and learns of that late: a
        # listener that comes right before the click may miss its dialog.
        page.on("filechooser", lambda _: None)

    def open(self) -> None:
        """Open the page."""
        self.page.goto(self.address)
        self.page.wait_for_selector(".engine", state="attached")

    def add(self, *names: str) -> None:
        """Pick files."""
        self.page.set_input_files(_PICK, [self.papers / name for name in names])

    def verdict_of(self, *names: str) -> str:
        """Pick files and return the verdict of the first, once its picture is there."""
        self.add(*names)
        self.wait_for_picture()
        return str(self.text(".word"))

    def wait_for_picture(self) -> None:
        """Wait until all layers are there."""
        self.page.wait_for_selector(".verdict")
        self.page.wait_for_selector(".sheet service-image[data-state=there]")
        gone = {"state": "detached"}
        self.page.wait_for_selector(".stage service-image[data-state=loading]", **gone)

    def status(self, number: int = 0) -> str:
        """Return what the list of files says of a file."""
        return str(self.page.locator(".status").nth(number).inner_text())

    def text(self, selector: str) -> str:
        """Return the text of the first element of a kind."""
        return str(self.page.locator(selector).first.inner_text())

    def tab_to(self, selector: str) -> None:
        """Press Tab until an element has the focus."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(css) => document.activeElement.matches(css)", selector):
                return
        raise AssertionError(f"Tab never reaches {selector}")

    def until(self, script: str) -> None:
        """Wait until an expression is true. Playwright's own way breaks the page's policy."""
        end = time.monotonic() + _PATIENCE
        while not self.page.evaluate(script):
            assert time.monotonic() < end, f"never true: {script}"
            self.page.wait_for_timeout(20)

    def _note(self, address: str) -> None:
        self.asked.append(address)
        if not address.startswith((f"{self.address}/", "blob:", "data:")):
            self.wrong.append(f"asks {address}")

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.wrong.append(text)
