"""Devices are chosen, and missing ones refused, before anything is loaded."""

import pytest
import torch
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.engines.devices import select_device
from zoetrope.errors import ZoetropeError


def test_auto_is_the_fastest_available_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert select_device("auto") == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert select_device("auto") == "mps"
    assert select_device("auto", sparse=True) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert select_device("auto") == "cuda"
    assert select_device("cuda:1") == "cuda:1"


@pytest.mark.parametrize("name", ["cuda", "tpu", ""])
def test_missing_devices_are_refused(monkeypatch, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ZoetropeError, match="no device") as caught:
        select_device(name)
    assert "auto, cpu" in caught.value.remedy


@pytest.mark.parametrize("command", [["generate", "--out", "x.glb"], ["train", "--shared", "none"]])
def test_commands_report_a_missing_device(monkeypatch, tmp_path, command):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [*command, "--device", "cuda", "--quiet"])
    assert done.exit_code == 1
    assert "no device" in done.stderr
    assert list(tmp_path.iterdir()) == []
