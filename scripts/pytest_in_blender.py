"""pytest in Blender as a module: ends the process itself.

Blender 4.2 as a module frees registered classes after Python has ended, and crashes: every panel that was ever
registered is enough (PyThreadState_New from SpaceType::~SpaceType). The exit status would be lost.
"""

import os
import sys

import pytest

status = pytest.main(sys.argv[1:])
sys.stdout.flush()
sys.stderr.flush()
os._exit(int(status))
