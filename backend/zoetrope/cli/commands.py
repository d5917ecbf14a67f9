"""All commands of `zoetrope`."""

from typing import Annotated

import typer

from zoetrope import __version__
from zoetrope.cli import animate, donors, evaluate, generate, inspect, serve, train
from zoetrope.cli.errors import ErrorReportingGroup

app = typer.Typer(
    cls=ErrorReportingGroup,
    help="Generates animated creatures on your own machine.",
    no_args_is_help=True,
    add_completion=False,
)
app.command()(generate.generate)
app.command()(animate.animate)
app.command()(serve.serve)
app.command()(train.prepare)
app.command()(train.train)
app.add_typer(evaluate.app, name="evaluate")
app.command()(inspect.inspect)
app.command()(donors.donors)


def _print_version(value: bool) -> None:
    if value:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Generates animated creatures on your own machine."""
