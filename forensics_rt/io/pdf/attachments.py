"""The attachments of a PDF, and whether it is a portfolio of them."""

from __future__ import annotations

from dataclasses import dataclass

from forensics_rt.io.file_source import (
    FileInput,
    FileSource,
    file_source,
    name_of_source,
)
from forensics_rt.io.pdf.attachment import Attachment, opened_source
from forensics_rt.io.pdf.signature import starts_as_pdf
from forensics_rt.io.read_options import check_password


@dataclass(frozen=True)
class AttachmentList:
    """What is attached to a PDF.

    Attributes:
        attachments: The files, each once.
        portfolio: Whether viewers show them in place of the pages, which are a cover as a rule.
    """

    attachments: tuple[Attachment, ...] = ()
    portfolio: bool = False


def attachments_of(pdf: FileInput, password: str | None = None) -> tuple[Attachment, ...]:
    """List the files attached to a PDF. Give them to everything that takes an image.

    They are the files in its list of attachments, those pinned to its pages as annotations, and the
    files of a portfolio: 1,000 at most. An attached PDF may have attachments of its own.

    Args:
        pdf: A path, bytes, an open file, or an attachment.
        password: Opens the PDF; `None` for no password.

    Returns:
        None for a file that is no PDF.

    Raises:
        ImageNotFound: If the file is missing or cannot be opened.
        ImageUnreadable: If it is a PDF that is damaged, or whose password is missing or wrong.
        RecipeError: If the password is no text.

    Example:
        >>> from forensics_rt import Detector
        >>> with Detector() as detector:  # doctest: +SKIP
        ...     for attachment in attachments_of("mail.pdf"):
        ...         for detection in detector.stream(pages_of(attachment)):
        ...             print(detection.name, detection.verdict)
    """
    check_password(password)
    return attachment_list(file_source(pdf), password).attachments


def attachment_list(source: FileSource, password: str | None = None) -> AttachmentList:
    """List what is attached to a file, and tell a portfolio.

    Raises:
        ImageError: As `attachments_of`.
    """
    with opened_source(source, password) as stream:
        if not starts_as_pdf(stream):
            return AttachmentList()
        from forensics_rt.io.pdf.embedded_files import embedded_files, is_portfolio
        from forensics_rt.io.pdf.qpdf import opened_by_qpdf

        with opened_by_qpdf(stream, name_of_source(source), password) as pdf:
            found = enumerate(embedded_files(pdf), 1)
            attachments = tuple(Attachment(source, number, one.name) for number, one in found)
            return AttachmentList(attachments, is_portfolio(pdf))
