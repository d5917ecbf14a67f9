"""How every command ends when it fails: one sentence with a remedy on stderr, and an exit status."""

from typing import Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from zoetrope.cli.literal import LiteralConsole, visible
from zoetrope.errors import ZoetropeError
from zoetrope.memory import is_out_of_memory, out_of_memory

console = LiteralConsole(stderr=True, soft_wrap=True)
"""Progress bars and messages; stdout is for results."""

INTERRUPTED = {
    "generate": "nothing was written.",
    "inspect": "nothing was changed.",
    "animate": "finished files are kept.",
}
"""What an interrupted command leaves, by command; the others can be continued."""
OUT_OF_MEMORY_REMEDY = (
    "Close other programs, or request less: a lower detail, a smaller texture, fewer faces or frames, "
    "smaller batches."
)
CONTINUE = "run the same command again to continue."


class ErrorReportingGroup(TyperGroup):
    """Turns a `ZoetropeError` of any command into a message and status 1, Ctrl-C into status 130."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command of a context."""
        try:
            return super().invoke(ctx)
        except ZoetropeError as error:
            _print_error(error)
            raise typer.Exit(1) from error
        except (RuntimeError, MemoryError, OSError, ImportError) as error:
            if isinstance(error, OSError) and error.filename is not None and error.strerror:
                _print_error(f"{error.filename}: {error.strerror}.")
                raise typer.Exit(1) from error
            if not is_out_of_memory(error):
                raise
            _print_error(out_of_memory(remedy=OUT_OF_MEMORY_REMEDY))
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            console.print(f"Interrupted: {INTERRUPTED.get(ctx.invoked_subcommand or '', CONTINUE)}")
            raise typer.Exit(130) from None


def _print_error(error: object) -> None:
    console.print(Text.assemble(("Error:", "red"), f" {visible(error)}"))
