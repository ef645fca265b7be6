"""A headless Chromium, spoken to over pipes by the DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from train.render.written import box_line
from train.synth.scene.base import Image
from train.text_lines.sheets import TextLine

NAMES = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 60.0
# Every run of text with the box of each of its lines, in CSS pixels.
_LINES = """(() => {
  const out = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const text = node.data;
    if (!text.trim() || getComputedStyle(node.parentElement).visibility === 'hidden') continue;
    const range = document.createRange();
    let line = null;
    for (let i = 0; i < text.length; i++) {
      range.setStart(node, i); range.setEnd(node, i + 1);
      const r = range.getClientRects()[0];
      if (!r || !r.width) continue;
      if (line && Math.abs(r.top - line[1]) < r.height / 2) {
        line[2] = Math.max(line[2], r.right); line[4] += text[i];
      } else { line = [r.left, r.top, r.right, r.bottom, text[i]]; out.push(line); }
    }
  }
  return JSON.stringify(out);
})()"""


def find_browser() -> str | None:
    """Return the program, or `None` where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One running Chromium with one page.

    Example:
        >>> with Browser() as browser:  # doctest: +SKIP
        ...     image, lines = browser.shot("<p>Paid 12.50</p>", 390, 844, 3.0)
    """

    def __init__(self) -> None:
        """Start the program.

        Raises:
            ValueError: If there is no Chromium.
        """
        program = find_browser()
        if program is None:
            raise ValueError(
                f"screens are rendered by Chromium, but there is none of {', '.join(NAMES)}; "
                "install it (of Debian the package chromium)"
            )
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        read_theirs, self._out = os.pipe()
        self._in, write_theirs = os.pipe()
        command = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
            "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-dev-shm-usage",
            "--font-render-hinting=none", f"--user-data-dir={self._home.name}", "about:blank",
        ]  # fmt: skip
        self._process: int | None = _started(command, read_theirs, write_theirs)
        self._left = b""
        self._number = 0
        self._session: str | None = None
        targets = self._ask("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self._ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]

    def __enter__(self) -> Browser:
        """Return the browser."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the program."""
        self.close()

    def close(self) -> None:
        """End the program and remove its folder."""
        if self._process is None:
            return
        os.close(self._out)
        os.close(self._in)
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        self._process = None
        self._home.cleanup()

    def shot(
        self, html: str, width: int, height: int, ratio: float, mobile: bool = False
    ) -> tuple[Image, list[TextLine]]:
        """Render a page and read its lines of text.

        Args:
            html: The whole document.
            width: In CSS pixels.
            height: In CSS pixels.
            ratio: Device pixels per CSS pixel.
            mobile: Behave as a phone.

        Returns:
            H×W×3 uint8 RGB of `height · ratio` rows, and the lines with boxes in its pixels.
        """
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=ratio,
            mobile=mobile,
        )
        frame = self._ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._ask("Page.setDocumentContent", frameId=frame, html=html)
        self._evaluate("document.fonts.ready.then(() => 1)")
        found: Sequence[Any] = json.loads(self._evaluate(_LINES))
        taken = self._ask("Page.captureScreenshot", format="png")["data"]
        data = np.frombuffer(base64.b64decode(taken), np.uint8)
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        lines = [
            box_line(x0 * ratio, y0 * ratio, x1 * ratio, y1 * ratio, str(text))
            for x0, y0, x1, y1, text in found
            if 0 <= y0 < height and 0 <= x0 < width and text.strip()
        ]
        return np.ascontiguousarray(picture[..., ::-1]), lines

    def _evaluate(self, script: str) -> str:
        asked = {"expression": script, "awaitPromise": True, "returnByValue": True}
        return str(self._ask("Runtime.evaluate", **asked)["result"].get("value"))

    def _ask(self, method: str, **parameters: Any) -> Mapping[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            while b"\0" in self._left:
                one, _, self._left = self._left.partition(b"\0")
                answer = json.loads(one)
                if answer.get("id") != self._number:
                    continue  # an event
                if "error" in answer:
                    raise ValueError(f"Chromium refused {method}: {answer['error']['message']}")
                result: Mapping[str, Any] = answer["result"]
                return result
            if select.select([self._in], [], [], 1.0)[0]:
                chunk = os.read(self._in, 1 << 20)
                if not chunk:
                    raise ValueError(f"Chromium ended before it answered {method}")
                self._left += chunk
        raise ValueError(f"Chromium did not answer {method} within {_SECONDS:g} seconds")


def _started(command: list[str], reads: int, writes: int) -> int:
    """Start the program with two pipes as its descriptors 3 and 4, where the protocol is spoken."""
    import fcntl  # not everywhere, and only a browser needs it

    # From numbers above these two: one of the pipes may have either.
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (reads, writes)]
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_DUP2, high[0], 3),
        (os.POSIX_SPAWN_DUP2, high[1], 4),
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:
        return os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    finally:
        for end in (*high, reads, writes):
            os.close(end)
