"""Command-line options that several studies have."""

import argparse
from pathlib import Path
from typing import Any

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
