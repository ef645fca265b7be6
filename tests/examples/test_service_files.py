"""The container, compose, Prometheus and Kubernetes examples say what the service is."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from forensics_rt.cli.lazy_commands import LazyCommands
from tests.serve.conftest import png, serve  # noqa: F401

ROOT = Path(__file__).parents[2]
FILES = ROOT / "examples" / "service"


def test_the_figures_of_board_and_alerts_are_there(serve, page):  # noqa: F811
    http = serve().http
    http.post("/v1/detect", content=png(page))
    there = http.get("/metrics").text
    used = (FILES / "grafana_board.json").read_text() + (FILES / "alerts.yaml").read_text()
    names = set(re.findall(r"forensics_rt_\w+|process_\w+", used))
    assert len(names) > 8 and [name for name in sorted(names) if name not in there] == []
    assert json.loads((FILES / "grafana_board.json").read_text())["panels"]


def test_the_container_ends_later_than_the_service():
    compose = yaml.safe_load((FILES / "compose.yaml").read_text())["services"]["service"]
    deployment, *_ = yaml.safe_load_all((FILES / "kubernetes.yaml").read_text())
    pod = deployment["spec"]["template"]["spec"]
    drain = next(
        option.default
        for option in LazyCommands().commands["serve"].params
        if option.name == "drain_seconds"
    )
    assert int(compose["stop_grace_period"].rstrip("s")) > drain
    assert pod["terminationGracePeriodSeconds"] > drain
    assert compose["read_only"] and pod["securityContext"]["runAsNonRoot"]
    container = pod["containers"][0]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    paths = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness")}
    assert paths == {"/ready"} and container["livenessProbe"]["httpGet"]["path"] == "/health"


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="needs hadolint")
def test_the_container_file_has_no_findings():
    done = subprocess.run(["hadolint", FILES / "Containerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
