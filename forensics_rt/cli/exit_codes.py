"""The exit codes of the command."""

from __future__ import annotations

import signal

SOME_FAILED = 1
MISUSE = 2
BROKEN = 3
# As shells count: 128 and the number of the signal.
INTERRUPTED = 128 + signal.SIGINT

IN_WORDS = (
    "Exit codes: 0 success; 1 some images, or a check, failed; 2 wrong options, bundle or "
    "backend; 3 the run broke, for example because the engine failed, the disk is "
    "full or standard output is closed; 130 interrupted by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP, "
    "141 by a closed pipe (SIGPIPE)."
)
