"""The console command `zoetrope`: `commands.py` lists the commands, one file a group of them.

This file imports nothing that takes time: an interruption or a lack of memory while libraries are imported
ends with a sentence as well.
"""

import os
import sys
from typing import Any

from zoetrope.memory import is_out_of_memory


def main() -> None:
    """Entry point of the console command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names may hold what the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    try:
        from zoetrope.cli.commands import app
    except KeyboardInterrupt:
        _end("Interrupted: nothing was done.", 130)
    except (ImportError, MemoryError, OSError) as error:
        if not is_out_of_memory(error):
            raise
        _end("Error: There is not enough memory to start. Close other programs.", 1)
    else:
        app(prog_name="zoetrope")


def _end(message: str, status: int) -> None:
    """End at once: what is half imported may fail again as it is taken down."""
    print(message, file=sys.stderr, flush=True)
    os._exit(status)


def __getattr__(name: str) -> Any:
    """Import `app` when it is first used."""
    if name != "app":
        raise AttributeError(name)
    from zoetrope.cli.commands import app

    return app
