"""The one tree of errors: every message says what happened, found against expected, and what to do.

Example:
    >>> from forensics_rt import errors
    >>> issubclass(errors.BackendUnavailable, errors.ForensicsError)
    True
"""

from __future__ import annotations


class ForensicsError(Exception):
    """The base of all errors of forensics_rt: catch it to catch them all."""


class ImageError(ForensicsError):
    """An input that gives no image.

    Attributes:
        source: Name of the input: a path, `<bytes>`, `<array>` or `<stdin>`.
        cause: What is wrong with it, without the name.
    """

    def __init__(self, source: str, cause: str) -> None:
        """Join the name of the input and the cause into one line."""
        super().__init__(f"{source}: {cause}")
        self.source = source
        self.cause = cause

    def __reduce__(self) -> tuple[type[ImageError], tuple[str, str]]:
        """Rebuild it from name and cause in another process, where one joined line is no input."""
        return type(self), (self.source, self.cause)


class ImageNotFound(ImageError):
    """The file is missing or cannot be opened, or the folder cannot be listed."""


class ImageUnreadable(ImageError):
    """The bytes are not a whole image: empty, another kind of file, truncated or damaged."""


class ImageLocked(ImageUnreadable):
    """The file is a PDF whose password is missing or wrong."""


class ImageTooLarge(ImageError):
    """The image has more pixels than the limit allows, or needs more memory than is free."""


class ImageFailed(ImageError):
    """Something failed at this image that no check foresaw; `__cause__` says what."""


class InvalidArray(ImageError):
    """An array that is no 8-bit RGB, RGBA or gray image."""


class PageSelectionError(ForensicsError, ValueError):
    """A list of pages that is none."""


class LabelError(ForensicsError, ValueError):
    """A mask or a list of labeled images that is missing, malformed or does not fit its image."""


class CalibrationError(ForensicsError, ValueError):
    """A calibration that cannot be fitted, read, or used with this bundle."""


class BundleError(ForensicsError):
    """A bundle that cannot be used."""


class BundleNotFound(BundleError):
    """No bundle at that place."""


class ManifestInvalid(BundleError):
    """`manifest.json` is not JSON, or not what its schema says."""


class BundleAltered(BundleError):
    """A file of the bundle is missing, or its bytes are not those that the manifest names."""


class BundleUntrusted(BundleError):
    """A bundle that the policy does not accept, or a key that cannot be used.

    It is not signed by a key that is trusted, older than the policy allows, encrypted for another
    key, or has what must be allowed by name: other operators than ONNX's, code for the host.
    """


class RecipeError(ForensicsError, ValueError):
    """A recipe or another argument that is unknown or wrong, or asks for what is not there."""


class BackendError(ForensicsError):
    """A backend that cannot do its work."""


class BackendUnavailable(BackendError):
    """The backend asked for, or every candidate, cannot run here."""


class CudaUnavailable(BackendUnavailable):
    """No NVIDIA driver, no such GPU, or a package that the CUDA path needs is missing."""


class EngineMismatch(BackendUnavailable):
    """An engine that was built for another machine, or with another TensorRT, than is here."""


class EngineFailed(BackendError):
    """An engine was run and gave nothing usable, such as values that are not finite."""


class EngineOutOfMemory(EngineFailed, MemoryError):
    """An engine had too little memory, of the host or of the GPU, for a batch."""


class ServerBusy(BackendError):
    """A server that takes no more requests now, or whose worker died: the same may work later."""


class RequestInvalid(ForensicsError, ValueError):
    """A request to a server that asks for what there is not."""


class ServerUnreachable(ForensicsError):
    """A server that does not answer, or not as a Triton server does."""


class OutputError(ForensicsError):
    """A result that cannot be written: no permission, a full disk, a file in the way."""


class OptionalDependency(ForensicsError):
    """A package that this use needs is not installed, or does not load."""


class TooLittleMemory(ForensicsError):
    """The image needs more memory than it was given."""


class AddressUnavailable(ForensicsError):
    """The service cannot listen at the address and port that it was given."""


class WorkStopped(ForensicsError):
    """The work was called off: whoever wanted it left, canceled it, or set a time that is over."""


class DistributedError(ForensicsError):
    """A run on a cluster that cannot start, cannot go on, or whose numbers do not add up."""


class BenchmarkError(ForensicsError):
    """A measurement that cannot be made, an earlier one that cannot be read or compared with."""


class ReportError(ForensicsError, ValueError):
    """A report that cannot be made as asked: no such format, a date that is none, too many."""
