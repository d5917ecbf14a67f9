"""Folders of training import only those before them, as `zoetrope.training` says."""

import ast
from pathlib import Path

import pytest
import zoetrope.training

PACKAGE = Path(zoetrope.training.__path__[0])
ORDER = (
    "run_files",
    "recipe_checks",
    "recipe",
    "data",
    "optimisation",
    "stages",
    "export",
    "from_weights",
    "hyperdiffusion",
    "voxels",
    "run",
)
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def imported_folders(path):
    """First names below zoetrope.training that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("zoetrope.training"):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name.split(".")[2] for name in names}
    return found


@pytest.mark.parametrize("module", [name for name in MODULES if name != "__init__.py"])
def test_module_imports_only_folders_before_its_own(module):
    place = ORDER.index(module.split("/")[0].removesuffix(".py"))
    assert not [name for name in imported_folders(PACKAGE / module) if ORDER.index(name) > place]


def test_every_stage_is_named_as_its_file():
    names = {path.stem for path in (PACKAGE / "stages").glob("*.py")}
    assert names >= {
        f"{part}_{stage}" for part in ("shape", "motion") for stage in ("pretraining", "finetuning")
    }
    assert names >= {"shape_diffusion", "motion_diffusion", "colour_field", "palette_diffusion"}
