"""Rooms import one way (docs/architecture.md): a room imports only those before it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "backend" / "zoetrope"
ROOMS = (
    *("errors", "memory", "atomic_write", "geometry", "clips", "fields", "dictionary", "diffusion", "bodies"),
    *("rigs", "assets", "observations", "engines", "training", "evaluation", "service", "cli", "__main__"),
)
FORBIDDEN = ("bpy", "blender_addon", "studies", "tests")
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    """Dotted names that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(module: str) -> str:
    """The room of a file: its folder, or the file itself at the top level."""
    return module.split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_only_rooms_before_its_own(module):
    room, imports = room_of(module), imported_by(PACKAGE / module)
    if room == "__init__":
        assert not any(name.startswith("zoetrope") for name in imports)
        return
    own = {name.split(".")[1] for name in imports if name.startswith("zoetrope.")} - {"__version__"}
    later = {name for name in own if ROOMS.index(name) > ROOMS.index(room)}
    assert not later, f"{module} imports {later}"
    assert not {name for name in imports if name.split(".")[0] in FORBIDDEN}


def test_every_folder_of_the_package_has_its_place_in_the_order():
    assert {room_of(module) for module in MODULES} - {"__init__"} <= set(ROOMS)


def test_metrics_import_no_protocol_and_protocols_no_report():
    order = ("metrics", "protocols", "report")
    late = []
    for module in MODULES:
        folder = module.split("/")[1] if module.startswith("evaluation/") and module.count("/") == 2 else ""
        names = {name for name in imported_by(PACKAGE / module) if name.startswith("zoetrope.evaluation.")}
        if folder:
            late += [f"{module}: {n}" for n in names if order.index(n.split(".")[2]) > order.index(folder)]
    assert not late
