"""`zoetrope inspect`: what a file holds."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from zoetrope.cli.options import AsJson
from zoetrope.engines import find_weights
from zoetrope.errors import ZoetropeError

app = typer.Typer(help="Show what a file holds.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Show what a file holds."""


@app.command()
def weights(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of the weights; default: the shipped ones.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the checksums of weights and list the categories and actions they were trained on."""
    from dataclasses import asdict

    from zoetrope.engines.bundle import bundle_checksum, load_bundle

    where = folder or find_weights()
    if where is None:
        raise ZoetropeError("There are no weights.", code="weights_missing", remedy="Give their folder.")
    description = load_bundle(where).description
    checksum = bundle_checksum(where)
    if as_json:
        print(json.dumps({"folder": str(where), "checksum": checksum, **asdict(description)}))
        return
    table = Table(
        title=f"{description.name}: {description.parameters / 1e6:.1f} M parameters, checksums right"
    )
    for column in ("category", "height (m)", "actions (clips)"):
        table.add_column(column)
    for category in description.categories:
        actions = ", ".join(f"{action.name} ({action.clips})" for action in category.actions)
        table.add_row(category.name, str(category.height), actions)
    Console().print(table)
