"""One member of the bundle, run by a backend of forensics_rt: see README.md of this repository."""

from forensics_rt.triton.member import MemberModel as TritonPythonModel  # noqa: F401
