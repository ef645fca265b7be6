"""The service does what its OpenAPI document says, called in every way that this allows.

`FORENSICS_RT_SCHEMATHESIS=150 pytest tests/serve/test_openapi.py -s` has 2,000 cases and more.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from forensics_rt.serve import answers
from forensics_rt.serve.examples import EXAMPLES as EXAMPLES_OF_ANSWERS
from forensics_rt.serve.routes import status
from forensics_rt.serve.settings import Limits, Settings

TOKEN = "a-token-of-the-tests-0123456789"
EXAMPLES = os.environ.get("FORENSICS_RT_SCHEMATHESIS")
MOST = Limits(jobs=100_000, kept_jobs=100_000, waiting=100_000, keep_seconds=3600)


def schemathesis(address: str, folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "schemathesis.cli"]
    command += ["--config-file", str(Path(__file__).with_name("schemathesis.toml"))]
    command += ["run", f"{address}/openapi.json", "--checks", "all", "--no-color"]
    command += ["-H", f"Authorization: Bearer {TOKEN}", "--suppress-health-check", "all"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_no_answer_is_undocumented(serve, tmp_path):
    served = serve(Settings(MOST, TOKEN, isolate=False))
    if EXAMPLES is None:
        options = ["--max-examples", "1", "--phases", "fuzzing", "--seed", "1"]
    else:
        options = ["--max-examples", EXAMPLES]
    said = schemathesis(served.address, tmp_path, *options)
    print(said[said.index("SUMMARY") :])
    cases = int(re.search(r"(\d+) generated", said)[1])  # type: ignore[index]
    assert EXAMPLES is None or cases >= 2000


def test_every_answer_and_error_has_an_example(http):
    document = http.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for code, answer in operation["responses"].items():
                for kind, content in answer.get("content", {}).items():
                    told = "example" in content or "examples" in content
                    assert told or content["schema"].get("format") == "binary", (
                        path, method, code, kind,
                    )  # fmt: skip


@pytest.mark.parametrize("token", [None, TOKEN])
def test_a_token_is_told_where_it_is_needed(serve, token):
    paths = serve(Settings(token=token, isolate=False)).http.get("/openapi.json").json()["paths"]
    needing = {
        path for path, all_of in paths.items() for one in all_of.values() if "security" in one
    }
    assert needing == (set() if token is None else {*paths} - {"/health", "/ready"})


def test_examples_are_what_the_models_allow():
    for name, example in EXAMPLES_OF_ANSWERS.items():
        model = getattr(answers, name, None) or getattr(status, name, None)
        if model is not None:
            model.model_validate(example)
    answers.BatchLine.model_validate_json(EXAMPLES_OF_ANSWERS["application/x-ndjson"])
