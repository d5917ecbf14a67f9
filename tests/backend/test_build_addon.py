"""The zip's wheel is built with this Python's setuptools, with pip's own, or not at all, in one sentence."""

import importlib.util
import io
import os
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "build_addon.py"


@pytest.fixture
def build_addon():
    spec = importlib.util.spec_from_file_location("build_addon", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_old_setuptools_without_a_network_is_one_sentence_with_a_remedy(build_addon, tmp_path, monkeypatch):
    monkeypatch.setattr(build_addon.importlib.metadata, "version", lambda name: "65.5.0")
    with pytest.raises(SystemExit) as caught:
        build_addon.run_pip_wheel(SCRIPT.parent, tmp_path, {**os.environ, "PIP_NO_INDEX": "1"})
    assert "\n" not in str(caught.value)
    assert "scripts/environment.sh backend" in str(caught.value)


def test_recent_setuptools_need_no_network(build_addon, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    name, wheel = build_addon.build_wheel(1_700_000_000)
    assert name.startswith("zoetrope-")
    assert wheel == build_addon.build_wheel(1_700_000_000)[1], "reproducible byte for byte"
    assert zipfile.ZipFile(io.BytesIO(wheel)).testzip() is None
