"""Text of files and users in the terminal: shown as it is, nothing in it acts on the terminal or is lost."""

import unicodedata
from typing import Any

from rich.console import Console
from rich.text import Text

INVISIBLE = ("Cc", "Cs", "Zl", "Zp")
"""Categories of Unicode: control characters, lone surrogates (bytes of a name that is not Unicode),
separators of lines and paragraphs."""


def visible(text: object) -> str:
    """Return a text with escapes in place of what a terminal would not show, or would obey."""
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in INVISIBLE
        else character
        for character in str(text)
    )


class LiteralConsole(Console):
    """A console that prints strings, also those in tables, literally: without markup and emoji codes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **settings)

    def render_str(self, text: str, **settings: Any) -> Text:
        """Return the text that is printed for a string."""
        return super().render_str(visible(text), **settings)
