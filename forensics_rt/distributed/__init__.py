"""Folders and buckets on many machines, with Ray: a face, which nothing else imports.

It needs the extra `ray`: `pip install 'forensics_rt[ray]'`.

Example:
    >>> from forensics_rt.distributed import detect_dataset, read_results
    >>> summary = detect_dataset("s3://scans/2026", "s3://results/2026")  # doctest: +SKIP
    >>> read_results("s3://results/2026").to_pandas()  # doctest: +SKIP
"""

from forensics_rt.distributed.parts import read_results
from forensics_rt.distributed.run import detect_dataset
from forensics_rt.distributed.summary import Progress, RunSummary

__all__ = ["Progress", "RunSummary", "detect_dataset", "read_results"]
