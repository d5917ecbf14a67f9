"""Command-line options that several studies share, and the end of a command that failed."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoetrope.clips.library import find_shared
from zoetrope.errors import ZoetropeError

OPTIONS: dict[str, dict[str, Any]] = {
    "weights": {"type": Path, "default": Path("weights"), "help": "folder of the weights"},
    "tokens": {"type": Path, "help": "training_tokens.npz of the weights (default: in their folder)"},
    "shared": {
        "type": Path,
        "default": find_shared() or Path("../shared"),
        "help": "folder of the labelled creatures",
    },
    "detail": {"type": int, "default": 64, "help": "cells along the box of the extraction grid"},
    "device": {"default": "auto", "help": "auto, cpu, cuda or mps"},
}


def study_parser(description: str | None, *options: str, **defaults: Any) -> argparse.ArgumentParser:
    """Return the parser of a study that writes its results into the page in the folder `--out`.

    Parameters
    ----------
    description : str
        The script's docstring.
    options : str
        Names of `OPTIONS`.
    defaults : object
        Other default values for them.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in options:
        parser.add_argument(f"--{name}", **OPTIONS[name])
    parser.set_defaults(**defaults)
    parser.add_argument("--out", type=Path, required=True, help="folder of the page: studies/QUESTION")
    return parser


def run(main: Callable[[], None]) -> None:
    """Run a script; a ZoetropeError ends it with its message instead of a traceback."""
    try:
        main()
    except ZoetropeError as error:
        sys.exit(str(error))
