"""Graphs that OpenVINO compiled on this machine, kept on disk for later starts."""

from __future__ import annotations

import hashlib
import io
import logging
import threading
from collections.abc import Mapping
from typing import Any

from forensics_rt.bundle.manifest import FileRecord
from forensics_rt.system.cache import cache_folder
from forensics_rt.system.cpu import usable_cores
from forensics_rt.system.kept_files import KeptFiles
from forensics_rt.system.processor import cpu_flags, read_cpuinfo

# Of one graph: to import a larger one, of some 40 million weights in float32, costs as much as to
# compile it.
MOST_GRAPH_BYTES = 64_000_000
MOST_BYTES = 512_000_000
_log = logging.getLogger(__name__)


class CompiledGraphCache:
    """Imports graphs that were compiled before, and keeps those that are compiled now.

    Which graph is meant is told by its SHA-256, so whoever asks must have checked that the bundle's
    file is that graph. The C library reads and writes the same files: `native/src/backends/
    openvino_cache.cpp`.

    Args:
        core: OpenVINO's.
        version: Of the engine, in full.
    """

    def __init__(self, core: Any, version: str) -> None:
        self._core = core
        self._files = KeptFiles(cache_folder("graphs"), MOST_BYTES)
        self._here = machine_text(version, core.get_property("CPU", "FULL_DEVICE_NAME"))
        self._writing: list[threading.Thread] = []

    def has(self, graph: FileRecord) -> bool:
        """Tell whether a graph was ever kept, for tiles of any size."""
        return self._files.has(_beginning(graph))

    def load(
        self, graph: FileRecord, tile: tuple[int, int], settings: Mapping[str, Any]
    ) -> Any | None:
        """Return a compiled graph, if it was kept and is what it was then.

        Args:
            graph: The file that the manifest names.
            tile: Height and width.
            settings: Those of the compiler.
        """
        subject = self._subject(graph, tile, settings)
        content = self._files.read(_name(graph, subject), subject)
        if content is None:
            return None
        try:  # of the very bytes that were checked
            return self._core.import_model(io.BytesIO(content), "CPU", dict(settings))
        except RuntimeError as error:  # such as for instructions that are now switched off
            _log.info("a graph that was kept is compiled again: %s", error)
            return None

    def keep(
        self, graph: FileRecord, tile: tuple[int, int], settings: Mapping[str, Any], compiled: Any
    ) -> None:
        """Keep a compiled graph; a thread writes it, while the first tiles are computed."""
        if graph.bytes > MOST_GRAPH_BYTES:
            return
        subject = self._subject(graph, tile, settings)
        write = threading.Thread(
            target=self._write, args=(_name(graph, subject), subject, compiled), name="keep graph"
        )
        try:
            write.start()
        except RuntimeError:  # no memory for a thread: then it is compiled again
            return
        self._writing = [one for one in self._writing if one.is_alive()] + [write]

    def finish(self) -> None:
        """Wait until all is written."""
        for thread in self._writing:
            thread.join()
        self._writing.clear()

    def _write(self, name: str, subject: str, compiled: Any) -> None:
        content = io.BytesIO()
        try:
            compiled.export_model(content)
        except (RuntimeError, MemoryError) as error:
            _log.info("a compiled graph cannot be kept: %s", error)
        else:
            self._files.write(name, subject, content.getvalue())

    def _subject(
        self, graph: FileRecord, tile: tuple[int, int], settings: Mapping[str, Any]
    ) -> str:
        height, width = tile
        asked = "".join(f"{name}={settings[name]}\n" for name in sorted(settings))
        return f"graph={graph.sha256}\ntile={height}x{width}\n{asked}{self._here}"


def machine_text(version: str, device: str) -> str:
    """Return what a compiled graph depends on beside the graph and its settings.

    Args:
        version: Of the engine, in full.
        device: The processor's name, as the engine tells it.
    """
    flags = hashlib.sha256(cpu_flags(read_cpuinfo()).encode()).hexdigest()
    return f"openvino={version}\ndevice={device}\nflags={flags}\ncores={usable_cores()}\n"


def _beginning(graph: FileRecord) -> str:
    return f"{graph.sha256[:16]}-"


def _name(graph: FileRecord, subject: str) -> str:
    return f"{_beginning(graph)}{hashlib.sha256(subject.encode()).hexdigest()[:16]}.graph"
