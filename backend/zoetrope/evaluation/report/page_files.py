"""Markdown pages that name the command that made them."""

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from zoetrope.atomic_write import atomic_write


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
    with atomic_write(path) as part:
        part.write_text(text.rstrip() + "\n", encoding="utf-8")
