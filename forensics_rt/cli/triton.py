"""`forensics-rt triton`: looks after models in an NVIDIA Triton server."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from forensics_rt.cli.exit_codes import SOME_FAILED
from forensics_rt.cli.plain_help import FLAG, PlainCommand, PlainGroup
from forensics_rt.errors import ServerUnreachable
from forensics_rt.triton.names import PIPELINE
from forensics_rt.triton.probe import probe
from forensics_rt.triton.protocol import TritonHttp
from forensics_rt.triton.watch import Watch, WatchRules

triton = typer.Typer(
    name="triton",
    help="Look after models in an NVIDIA Triton server.",
    no_args_is_help=True,
    add_completion=False,
    cls=PlainGroup,
)
UrlOption = Annotated[str, typer.Option("--url", metavar="URL", help="Address of Triton.")]
ModelOption = Annotated[
    list[str],
    typer.Option("--model", metavar="NAME", help="Model; repeatable."),
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="How long an answer may take.")
]
_URL = "127.0.0.1:8000"
_MODELS = [PIPELINE]
_RULES = WatchRules()


@triton.command("probe", cls=PlainCommand)
def probe_models(
    url: UrlOption = _URL,
    model: ModelOption = _MODELS,
    timeout: TimeoutOption = 30.0,
) -> None:
    """Ask each model for a real small inference; exit code 0 if all answer, 1 if not.

    Triton's own readiness is 200 even if every worker of a model is dead.
    """
    server = TritonHttp(url, timeout)
    found = [probe(server, name) for name in model]
    for health in found:
        typer.echo(" ".join(filter(None, (f"{health.model}: {health.state}", health.reason))))
    if not all(health.ready for health in found):
        raise typer.Exit(SOME_FAILED)


@triton.command("watch", cls=PlainCommand)
def watch_models(
    url: UrlOption = _URL,
    model: ModelOption = _MODELS,
    timeout: TimeoutOption = 30.0,
    every: Annotated[
        float, typer.Option(metavar="SECONDS", help="Between two rounds of probes.")
    ] = _RULES.every,
    failures: Annotated[
        int,
        typer.Option(metavar="N", help="Failed rounds before a reload."),
    ] = _RULES.failures,
    most_reloads: Annotated[
        int, typer.Option("--reloads", metavar="N", help="Loads without effect; then it ends.")
    ] = _RULES.most_reloads,
    give_up: Annotated[
        float, typer.Option(metavar="SECONDS", help="No answer for so long: it ends.")
    ] = _RULES.give_up,
    quiet: Annotated[
        bool, typer.Option("--quiet", metavar=FLAG, help="Log only what goes wrong.")
    ] = False,
) -> None:
    """Load a model again when one of its workers died.

    Triton never starts a dead worker again. Run this beside the server, which needs \
--model-control-mode=explicit. It ends with exit code 1 if loading does not help: then start the \
server again.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("forensics_rt").setLevel(logging.WARNING if quiet else logging.INFO)
    rules = WatchRules(every, failures, most_reloads, give_up)
    watch = Watch(TritonHttp(url, timeout), model, rules)
    try:
        watch.run()
    except ServerUnreachable as error:
        logging.getLogger("forensics_rt").error("%s", error)
        raise typer.Exit(SOME_FAILED) from error
    finally:
        typer.echo(watch.summary(), err=True)
