"""The CUDA graphs of one engine, each with a context of its own: those used last are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from forensics_rt.cuda.graph import CudaGraph
from forensics_rt.cuda.port import Event, Stream


@dataclass(eq=False)
class BoundGraph:
    """A graph with the context it was recorded from.

    A graph holds good while its context stays as it was: other shapes and addresses need a context
    of their own.

    Attributes:
        graph: The graph.
        context: TensorRT's, bound for the graph and for nothing else from now on.
        last: Behind the last launch; `None` before the first.
    """

    graph: CudaGraph
    context: Any
    last: Event | None = None

    def launch(self, stream: Stream) -> None:
        """Queue it on a stream."""
        self.graph.launch(stream)
        self.last = stream.record()

    def close(self) -> None:
        """Wait for the last launch, then give graph and context back."""
        if self.last is not None:
            self.last.synchronize()
        self.graph.close()
        self.context = None


class GraphCache:
    """Keeps the graphs that were used last. Not thread-safe.

    Args:
        capacity: How many are kept, 1 or more.
    """

    def __init__(self, capacity: int) -> None:
        """Start empty."""
        if capacity < 1:
            raise ValueError(f"capacity must be 1 or more, but is {capacity}")
        self._capacity = capacity
        self._graphs: OrderedDict[Hashable, BoundGraph] = OrderedDict()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._graphs)

    def find(self, key: Hashable) -> BoundGraph | None:
        """Return a graph, which makes it the last one used; `None` if it is not there."""
        if key not in self._graphs:
            return None
        self._graphs.move_to_end(key)
        return self._graphs[key]

    def add(self, key: Hashable, graph: BoundGraph) -> None:
        """Keep a graph; of those before, the one longest unused may go."""
        self._graphs[key] = graph
        self._graphs.move_to_end(key)
        while len(self._graphs) > self._capacity:
            self._graphs.popitem(last=False)[1].close()

    def close(self) -> None:
        """Give all of them back."""
        while self._graphs:
            self._graphs.popitem()[1].close()
