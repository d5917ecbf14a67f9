"""Folders import one way (docs/architecture.md): a folder imports only those before it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "backend" / "zoetrope"
FOLDERS = (
    *(
        "errors",
        "memory",
        "atomic_write",
        "damaged_files",
        "geometry",
        "clips",
        "fields",
        "dictionary",
        "diffusion",
        "bodies",
    ),
    *("rigs", "assets", "engines", "training", "evaluation", "service", "cli", "__main__"),
)
"""Folders, and files that stand beside them, in the order in which they may be imported."""
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


def folder_of(module: str) -> str:
    """The first folder of a file, or the file itself at the top level."""
    return module.split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_only_folders_before_its_own(module):
    folder, imports = folder_of(module), imported_by(PACKAGE / module)
    if folder == "__init__":
        assert not any(name.startswith("zoetrope") for name in imports)
        return
    own = {name.split(".")[1] for name in imports if name.startswith("zoetrope.")} - {"__version__"}
    later = {name for name in own if FOLDERS.index(name) > FOLDERS.index(folder)}
    assert not later, f"{module} imports {later}"
    assert not {name for name in imports if name.split(".")[0] in FORBIDDEN}


def test_order_lists_the_folders_that_there_are():
    assert {folder_of(module) for module in MODULES} - {"__init__"} == set(FOLDERS)


ORDERS = {
    "evaluation": ("metrics", "protocols", "session", "results", "report"),
    "engines": (
        *("progress", "request", "devices", "memory_estimate", "weights", "resolved_request", "decoding"),
        *("sampling", "body", "output", "base", "dnf", "procedural", "frames"),
        *("hyperdiffusion", "voxels", "animate"),
    ),
}
"""Parts of a folder, in the order in which they may be imported."""


def part_of(folder: str, name: str) -> str:
    """The part of a folder that a dotted name is in; empty if it is in another folder."""
    return (name + ".").removeprefix(f"zoetrope.{folder}.").split(".")[0] if f".{folder}." in name else ""


@pytest.mark.parametrize("folder", ORDERS)
def test_parts_of_a_folder_import_only_parts_before_them(folder):
    order, late = ORDERS[folder], []
    for module in MODULES:
        own = part_of(folder, "zoetrope." + module.removesuffix(".py").replace("/", "."))
        if own not in order:  # another folder, or `__init__`
            continue
        imported = {part_of(folder, name) for name in imported_by(PACKAGE / module)}
        later = set(order[order.index(own) + 1 :])
        late += [f"{module}: {part}" for part in imported & later]
    assert not late


@pytest.mark.parametrize("folder", ORDERS)
def test_order_of_a_folder_lists_the_parts_that_there_are(folder):
    parts = {module.split("/")[1].removesuffix(".py") for module in MODULES if folder_of(module) == folder}
    assert parts - {"__init__"} == set(ORDERS[folder])


def test_the_procedural_engine_needs_no_torch():
    code = "import sys, zoetrope.engines.procedural; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
