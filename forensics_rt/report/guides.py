"""What every report tells its reader: how to read it, and what it does not prove."""

from __future__ import annotations

from forensics_rt.report.facts.model_card import CardSummary
from forensics_rt.report.view import Guide
from forensics_rt.report.words import VERDICTS

HOW_TO_READ = Guide(
    "How to read this report",
    (
        "A neural network examined each image pixel by pixel and estimated how probable it is that "
        "a pixel was edited after the document was captured. Connected pixels with a high "
        "probability form a region. Each region has a number, a red outline in the picture, and "
        "an enlarged view.",
        "The raw score says how strongly the image as a whole speaks for an edit. A calibration, "
        "fitted on images of known origin, turns it into the score: a probability. The verdict "
        "follows from the score, or from an operating point if one was chosen.",
        "In the enlarged views, every square is one pixel as it is stored in the file, and nothing "
        "is smoothed. Regions too large for that are reduced, and the caption says so. Yellow to "
        "red shows a rising probability. Coordinates are pixels from the upper left corner of the "
        "image as stored.",
        "Facts about the file (EXIF, JPEG, PDF) are what the file says of itself. Whoever edits a "
        "file can change or remove them.",
    ),
)
NOT_PROVEN = Guide(
    "What this report does not prove",
    (),
    (
        "It does not prove that an image was forged. Holes, stamps, blots, ornaments and ordinary "
        "processing can look like an edit.",
        "It does not prove that an image is authentic. Small edits, copies within the page, "
        "removals, and edits that were followed by scanning, messengers or strong compression "
        "are often missed.",
        "It does not say who edited something, when, or with what intent.",
        "It does not examine whether the content is true, whether a signature is genuine, or "
        "whether a digital signature is valid.",
        "A probability holds among images like those of the calibration. For other kinds of "
        "images, and for another share of forged images, it does not hold.",
        "No decision should rest on this report alone. A person must look at the regions and "
        "compare the original document.",
    ),
)


def verdict_guide(verdicts: set[str | None]) -> Guide:
    """Explain the verdicts that a report uses.

    Args:
        verdicts: Those in it; `None` for no verdict.
    """
    used = [(word, meaning) for key, (word, meaning) in VERDICTS.items() if key in verdicts]
    return Guide(
        "What the verdicts mean", (), tuple(f"{word}. {meaning}" for word, meaning in used)
    )


def model_guide(card: CardSummary) -> Guide:
    """Repeat what the model card says in short."""
    title = f"The model: {card.title}" if card.title else "The model"
    summary = card.summary or "The bundle has no model card, so its limits are not known."
    known = "Known failures and limits, as the model card lists them:"
    return Guide(title, (summary, known) if card.limits else (summary,), card.limits)
