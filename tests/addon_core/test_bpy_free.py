"""The rooms that claim to need no Blender do not import it."""

import ast
import sys

import pytest

from .conftest import ROOT

ADDON = ROOT / "blender_addon"
MODULES = sorted([*(ADDON / "core").rglob("*.py"), *(ADDON / "client").rglob("*.py")])


def imports(path):
    """Top-level packages that a file imports, and for relative imports the rooms of the add-on."""
    packages, rooms = set(), set()
    room = path.relative_to(ADDON).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            packages.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.level <= len(room):
            rooms.add(room[0])
        elif isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [alias.name for alias in node.names]
            rooms |= {name.split(".")[0] for name in names}
    return packages, rooms


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_it_imports_the_standard_library_and_numpy_alone(path):
    packages, rooms = imports(path)
    assert packages <= {*sys.stdlib_module_names, "numpy"}
    assert rooms <= ({"core", "client"} if path.is_relative_to(ADDON / "core") else {"client"})


def test_the_scene_does_not_use_processes_or_the_user_interface():
    for path in (ADDON / "scene").rglob("*.py"):
        assert imports(path)[1] <= {"core", "scene"}, path.name
