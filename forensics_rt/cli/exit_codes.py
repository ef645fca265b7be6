"""The exit codes of the command."""

from __future__ import annotations

import signal

SOME_FAILED = 1
MISUSE = 2
BROKEN = 3
# As shells count: 128 and the number of the signal.
INTERRUPTED = 128 + signal.SIGINT

IN_WORDS = (
    "Exit codes: 0 all well; 1 some images failed, or a check did; 2 misuse; 3 the run broke, as "
    "by an engine that answers no more, a full disk, or a closed standard output; 130 interrupted "
    "by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP. Where the reader of a pipe leaves, "
    "it ends by SIGPIPE, which shells show as 141."
)
