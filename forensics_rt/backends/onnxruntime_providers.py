"""ONNX Runtime's execution providers: their names, their options, and how a session is opened."""

from __future__ import annotations

import importlib
import threading
from dataclasses import dataclass
from typing import Any

from forensics_rt.bundle.manifest import Manifest
from forensics_rt.errors import BackendUnavailable

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
_registering = threading.Lock()


@dataclass(frozen=True)
class Provider:
    """What computes in a session.

    Attributes:
        backend: Name of the backend here.
        name: ONNX Runtime's name of the provider.
        profile_prefix: How its options for shapes start, where it builds engines; else `None`.
        plugin: Module of the plug-in that brings it; `None` where it is built in.
        fallbacks: Providers for what it cannot compute, all on the same GPU.
        one_shape: Whether a session plans anew, for seconds, when a batch has not the shape of the
            one before.
    """

    backend: str
    name: str
    profile_prefix: str | None = None
    plugin: str | None = None
    fallbacks: tuple[str, ...] = ()
    one_shape: bool = False


TENSORRT = Provider(
    "onnxruntime-tensorrt",
    "TensorrtExecutionProvider",
    profile_prefix="trt",
    fallbacks=(CUDA,),
)
TENSORRT_RTX = Provider(
    "onnxruntime-tensorrt-rtx",
    "NvTensorRTRTXExecutionProvider",
    profile_prefix="nv",
    plugin="onnxruntime_ep_nv_tensorrt_rtx",
)


def _options(provider: Provider, manifest: Manifest, stream: int, ordinal: int) -> dict[str, str]:
    """Return the options of a provider, in ONNX Runtime's words.

    Engines are built for all tile sizes at once and never kept on disk: they would be loaded
    unchecked.
    """
    options = {"has_user_compute_stream": "1", "user_compute_stream": str(stream)}
    if provider.plugin is None:  # a plug-in is given its device, and may refuse to hear it twice
        options["device_id"] = str(ordinal)
    if provider.name == CUDA:
        # On, it would round what a bundle computes in float32. Off, kernels with tensor cores are
        # left out; for float16 there are no others, and everything is planned a second time.
        options["use_tf32"] = "0" if manifest.members[0].precision == "fp32" else "1"
    if provider.profile_prefix is not None:
        batch, sizes = manifest.contract.batch, manifest.tile_sizes
        shapes = {
            "min": (1, sizes[0]),
            "opt": (batch.opt, sizes[-1]),
            "max": (batch.max, sizes[-1]),
        }
        for end, (count, side) in shapes.items():
            text = f"{manifest.contract.input_name}:{count}x{side}x{side}x3"
            options[f"{provider.profile_prefix}_profile_{end}_shapes"] = text
    return options


def open_session(
    engine: Any, graph: bytes, provider: Provider, manifest: Manifest, stream: int, ordinal: int
) -> Any:
    """Open a session on a GPU; whether it runs on what was asked for has still to be looked at.

    Args:
        engine: The module `onnxruntime`.
        graph: Bytes of the ONNX graph.
        provider: What shall compute.
        manifest: Of the bundle.
        stream: Address of the stream to compute on.
        ordinal: Of the GPU.

    Raises:
        BackendUnavailable: If a plug-in does not offer that GPU.
    """
    options = _options(provider, manifest, stream, ordinal)
    if provider.plugin is None:
        others = [
            (name, _options(Provider(provider.backend, name), manifest, stream, ordinal))
            for name in provider.fallbacks
        ]
        return engine.InferenceSession(graph, providers=[(provider.name, options), *others])
    devices = plugin_devices(engine, provider)
    if ordinal >= len(devices):
        raise BackendUnavailable(
            f"{provider.plugin} must offer GPU {ordinal} for {provider.name}, but offers "
            f"{len(devices)} in all; it needs NVIDIA GPUs of the RTX generations and a driver"
        )
    settings = engine.SessionOptions()
    settings.add_provider_for_devices([devices[ordinal]], options)
    return engine.InferenceSession(graph, sess_options=settings)


def plugin_devices(engine: Any, provider: Provider) -> list[Any]:
    """Register a plug-in, once a process, and return the devices that it offers."""
    plugin = importlib.import_module(str(provider.plugin))
    name = plugin.get_ep_name()
    with _registering:
        found = [one for one in engine.get_ep_devices() if one.ep_name == name]
        if not found:
            engine.register_execution_provider_library(name, plugin.get_library_path())
            found = [one for one in engine.get_ep_devices() if one.ep_name == name]
    return found
