"""Tools that measure one thing and write one page: their options, and the page with its command."""

import argparse
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zoetrope.whole_file import whole_file

OPTIONS: dict[str, dict[str, Any]] = {
    "weights": {"type": Path, "default": Path("weights"), "help": "folder of the weights"},
    "shared": {"type": Path, "required": True, "help": "folder of the labelled creatures"},
    "detail": {"type": int, "default": 64, "help": "cells of the extraction grid"},
    "device": {"default": "auto", "help": "auto, cpu, cuda or mps"},
}
"""What tools share."""
RUN: dict[str, dict[str, Any]] = {
    "recipe": {"help": "recipe of the run"},
    "data": {"type": Path, "help": "folder of zoetrope prepare"},
    "run": {"type": Path, "help": "folder of the run"},
}
"""Arguments of tools that look at a training run."""


def page_parser(described: str | None, page: str, *options: str, **defaults: Any) -> argparse.ArgumentParser:
    """The parser of a tool that writes a page into the folder `--out`.

    Parameters
    ----------
    described : the tool's docstring
    options : names of `OPTIONS` that the tool has
    defaults : other values for them
    """
    parser = argparse.ArgumentParser(description=described, formatter_class=argparse.RawTextHelpFormatter)
    for name in options:
        parser.add_argument(f"--{name}", **OPTIONS[name])
    parser.set_defaults(**defaults)
    parser.add_argument("--out", type=Path, required=True, help=f"folder for {page}")
    return parser


def add_run(parser: argparse.ArgumentParser) -> None:
    """Recipe, samples and folder of a run, in this order."""
    for name, told in RUN.items():
        parser.add_argument(name, **told)


def tool_command() -> str:
    """The command line of what runs: `zoetrope ...`, or a tool that was begun with `python -m`."""
    if Path(sys.argv[0]).stem == "zoetrope":
        return shlex.join(["zoetrope", *sys.argv[1:]])
    spec = sys.modules["__main__"].__spec__
    name = spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).stem
    return shlex.join(["python", "-m", name, *sys.argv[1:]])


def save_page(path: Path, title: str, lines: Iterable[str]) -> None:
    """Write a tool's page, whole or not at all: its title, the command that made it, and its lines."""
    text = "\n".join([f"# {title}", "", f"    {tool_command()}", "", *lines])
    with whole_file(path) as part:
        part.write_text(text.rstrip() + "\n", encoding="utf-8")
