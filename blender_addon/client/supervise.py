"""Runs a command of this interpreter, and ends it with all its children when stdin is closed.

Run as a script: `python -I supervise.py ARGUMENTS` runs `python ARGUMENTS` and exits with its status. The
system closes stdin when Blender is killed. pip and venv start processes of their own (ensurepip), which
nothing else would end. This is a process of its own, not a thread of the supervised one, which C code can
hold up.
"""

import os
import signal
import subprocess
import sys
import threading

CREATE_NO_WINDOW = 0x08000000


def end_with_stdin(child):
    """Wait for the end of stdin, then kill this process's group."""
    while os.read(0, 1024):
        pass
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(os.getpid())]
        subprocess.call(command, creationflags=CREATE_NO_WINDOW)
    elif os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    child.kill()
    os._exit(9)


def main():
    """Run the command."""
    flags = {"creationflags": CREATE_NO_WINDOW} if sys.platform == "win32" else {}
    child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdin=subprocess.DEVNULL, **flags)
    threading.Thread(target=end_with_stdin, args=(child,), daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    status = main()
    sys.exit(status if status >= 0 else 128 - status)
