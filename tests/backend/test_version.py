"""The version is the same wherever it is written."""

import re
import tomllib
from pathlib import Path

import pytest
from zoetrope import __version__

ROOT = Path(__file__).resolve().parents[2]


def test_package_and_extension_have_one_version():
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    manifest = tomllib.loads((ROOT / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert (package["project"]["version"], manifest["version"]) == (__version__, __version__)


@pytest.mark.parametrize("name", ["README.md", "scripts/test.sh", "tests/gui/run.sh"])
def test_names_of_the_zip_hold_the_version(name):
    named = re.findall(r"zoetrope-(\d[\w.]*)\.zip", (ROOT / name).read_text(encoding="utf-8"))
    assert set(named) == {__version__}
