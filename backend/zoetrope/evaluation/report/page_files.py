"""Markdown pages that name the command that wrote them."""

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from zoetrope.atomic_write import atomic_write


def tool_command() -> str:
    """Return the command line that runs: `zoetrope ...`, or `python -m ...`."""
    if Path(sys.argv[0]).stem == "zoetrope":
        return shlex.join(["zoetrope", *sys.argv[1:]])
    spec = sys.modules["__main__"].__spec__
    name = spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).stem
    return shlex.join(["python", "-m", name, *sys.argv[1:]])


def save_page(path: Path, title: str, lines: Iterable[str]) -> None:
    """Write a page atomically: its title, the command that runs, and lines."""
    text = "\n".join([f"# {title}", "", f"    {tool_command()}", "", *lines])
    with atomic_write(path) as part:
        part.write_text(text.rstrip() + "\n", encoding="utf-8")
