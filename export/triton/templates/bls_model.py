"""The pipeline of forensics_rt that has Triton run the members: see README.md beside the models."""

from forensics_rt.triton.bls import BlsModel as TritonPythonModel  # noqa: F401
