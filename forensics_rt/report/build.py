"""From gathered images to the whole report."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from forensics_rt.report.facts.fact import Fact, FactTable
from forensics_rt.report.facts.run import RunFacts
from forensics_rt.report.guides import HOW_TO_READ, NOT_PROVEN, model_guide, verdict_guide
from forensics_rt.report.view import NotExamined, ReportView, Section
from forensics_rt.report.words import VERDICTS
from forensics_rt.version import __version__

TITLE = "Report on the examination of document images"


def build_view(
    sections: tuple[Section, ...],
    not_examined: tuple[NotExamined, ...],
    run: RunFacts,
    date: datetime,
    title: str | None = None,
) -> ReportView:
    """Put a report together.

    Args:
        sections: Its images.
        not_examined: Images without a result.
        run: What the results have in common.
        date: When it is made, in UTC.
        title: Its heading; `None` for the usual one.
    """
    return ReportView(
        title=title or TITLE,
        date=f"{date:%Y-%m-%d %H:%M} UTC",
        program=f"forensics_rt {__version__}, bundle {run.bundle}",
        overview=FactTable("Overview", _overview(sections, not_examined, run)),
        guides=(HOW_TO_READ, verdict_guide(_verdicts(sections)), NOT_PROVEN),
        sections=sections,
        not_examined=not_examined,
        method=(run.decision, run.computation, run.model),
        model=model_guide(run.card),
    )


def _verdicts(sections: tuple[Section, ...]) -> set[str | None]:
    return {None if section.verdict == "none" else section.verdict for section in sections}


def _overview(
    sections: tuple[Section, ...], not_examined: tuple[NotExamined, ...], run: RunFacts
) -> tuple[Fact, ...]:
    counts = Counter(section.word for section in sections)
    words = [word for word, _ in VERDICTS.values() if counts[word]]
    facts = [Fact("images and pages", str(len(sections) + len(not_examined)))]
    facts += [Fact(word, str(counts[word])) for word in words]
    if not_examined:
        facts.append(Fact("without a result", str(len(not_examined))))
    return (*facts, Fact("operating point", run.operating_point))
