"""The page of a study: text written by hand, and blocks of results that scripts replace."""

import re
from collections.abc import Iterable
from pathlib import Path

from zoetrope.atomic_write import atomic_write
from zoetrope.evaluation.session.output_files import tool_command

PAGE = "README.md"


def write_results(folder: Path, block: str, lines: Iterable[str]) -> None:
    """Write results into a block of folder/README.md, and print them.

    The block holds the command that runs, then the lines. A block of the same name is replaced, a new one is
    appended; all other text of the page stays as it is.
    """
    lines = list(lines)
    path = folder / PAGE
    text = path.read_text(encoding="utf-8") if path.exists() else f"# {folder.resolve().name}\n"
    content = "\n".join([f"    {tool_command()}", "", *lines]).strip("\n")
    with atomic_write(path) as part:
        part.write_text(replace_block(text, block, content), encoding="utf-8")
    print("\n".join(lines))


def replace_block(text: str, block: str, content: str) -> str:
    """Return a page's text with the content of one block replaced, or the block appended."""
    begin, end = f"<!-- results of {block} -->", f"<!-- end of {block} -->"
    whole = f"{begin}\n\n{content}\n\n{end}"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if pattern.search(text):
        return pattern.sub(lambda _: whole, text)
    return f"{text.rstrip()}\n\n{whole}\n"
