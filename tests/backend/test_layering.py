"""Folders import one way (docs/architecture.md): a folder imports only those before it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "backend" / "zoetrope"
FOLDERS = (
    *("errors", "memory", "atomic_write", "geometry", "clips", "fields", "dictionary", "diffusion", "bodies"),
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


def test_metrics_import_no_protocol_and_protocols_no_report():
    order = ("metrics", "protocols", "report")
    late = []
    for module in MODULES:
        folder = module.split("/")[1] if module.startswith("evaluation/") and module.count("/") == 2 else ""
        names = {name for name in imported_by(PACKAGE / module) if name.startswith("zoetrope.evaluation.")}
        if folder:
            late += [f"{module}: {n}" for n in names if order.index(n.split(".")[2]) > order.index(folder)]
    assert not late
