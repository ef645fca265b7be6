"""Reports that can be handed over: one PDF or HTML file on all images of a run."""

from forensics_rt.report.writing import (
    Examined,
    ReportKind,
    ReportOptions,
    report_bytes,
    write_report,
)

__all__ = ["Examined", "ReportKind", "ReportOptions", "report_bytes", "write_report"]
