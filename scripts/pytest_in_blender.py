"""pytest in Blender, as a module or as a program; ends the process itself.

    .venvs/blender-4.5/bin/python scripts/pytest_in_blender.py tests/addon
    blender --background --python scripts/pytest_in_blender.py -- tests/addon

Blender 4.2 as a module frees registered classes after Python has ended, and crashes: any panel that was ever
registered is enough (PyThreadState_New from SpaceType::~SpaceType). The exit status would be lost.
"""

import os
import sys

import pytest

arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
status = pytest.main(arguments)
sys.stdout.flush()
sys.stderr.flush()
os._exit(int(status))
