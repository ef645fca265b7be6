"""The whole pipeline of forensics_rt: see README.md of this repository."""

from forensics_rt.triton.pipeline import PipelineModel as TritonPythonModel  # noqa: F401
