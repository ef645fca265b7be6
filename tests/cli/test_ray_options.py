"""`detect --ray`: what it refuses before anything is started."""

import pytest
from typer.testing import CliRunner

from forensics_rt.cli.main import app


def refusal(*arguments):
    result = CliRunner().invoke(app, ["detect", *arguments])
    assert result.exit_code == 2
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--workers", "2"], "has no effect without --ray"),
        (["--maps", "none"], "has no effect without --ray"),
        (["--out", "s3://bucket/out"], "cannot be s3://bucket/out without --ray"),
    ],
)
def test_what_only_a_cluster_does_needs_its_address(arguments, said):
    assert said in refusal("a.jpg", *arguments)


@pytest.mark.parametrize(
    "arguments", [["--pages", "1"], ["--attachments"], ["--annotate-pdf"], ["--no-overlay"]]
)
def test_what_no_cluster_does_is_refused(arguments):
    said = refusal("a.jpg", "--ray", "local", *arguments)
    assert arguments[0] in said and "cannot be used with --ray" in said
