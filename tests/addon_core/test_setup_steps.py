"""Setting up: the steps' commands, what stands in the way, what it costs."""

import sys

import pytest

from blender_addon.client.base_python import BasePython
from blender_addon.core import setup_steps
from blender_addon.core.managed_environment import ManagedEnvironment

CPU = setup_steps.torch_kind("cpu")


@pytest.fixture
def environment(tmp_path):
    return ManagedEnvironment(tmp_path / "backend", tmp_path / "zoetrope-0.1.0-py3-none-any.whl")


def test_the_steps_make_an_environment_and_install_torch_and_the_wheel(environment):
    venv, torch, wheel, check = setup_steps.steps(environment, "/base/python", CPU, "")
    assert (venv.command[0], venv.command[-1]) == ("/base/python", str(environment.folder))
    assert torch.command[0] == wheel.command[0] == check.command[0] == str(environment.python)
    assert torch.command[-3:] == ["--extra-index-url", CPU.index, setup_steps.TORCH]
    assert wheel.command[-2:] == [setup_steps.TORCH, str(environment.wheel)]
    assert "zoetrope" in check.command[-1]
    assert all(step.command[4] == str(setup_steps.SUPERVISE) for step in (venv, torch, wheel, check))
    assert setup_steps.SUPERVISE.is_file()
    assert [step.fraction for step in (venv, torch, wheel, check)] == sorted({0.05, 0.55, 0.95, 1.0})


def test_a_folder_of_wheels_needs_no_network(environment):
    pip = setup_steps.steps(environment, "/base/python", CPU, "/wheels")[1:3]
    for step in pip:
        text = " ".join(step.command)
        assert "--no-index --find-links /wheels" in text
        assert "index-url" not in text


def test_a_kind_without_an_index_takes_torch_from_the_usual_one(environment):
    metal = setup_steps.torch_kind("metal")
    assert "--extra-index-url" not in setup_steps.steps(environment, "/python", metal, "")[1].command


def test_the_detected_kind_is_one_of_the_choices():
    assert setup_steps.torch_kind(setup_steps.detect_torch_kind()) in setup_steps.TORCH_KINDS


def test_a_machine_with_nvidias_driver_gets_cuda(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(setup_steps.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert setup_steps.detect_torch_kind() == "cuda"


def test_the_cost_is_download_and_disk():
    assert CPU.cost == "download about 0.4 GB, on disk about 1.5 GB"


def test_what_stands_in_the_way():
    def obstacle(wheels, online, usable, version=(3, 11)):
        def inspect(path):
            return BasePython(version, "linux-x86_64") if usable and path == "/python" else None

        return setup_steps.obstacle("/python", wheels, online, inspect, "/folder")

    assert "Allow Online Access" in obstacle("", False, True)
    assert "/python cannot make the environment" in obstacle("", True, False)
    assert "Base Python" in obstacle("/wheels", False, False)
    assert "3.11 to 3.13" in obstacle("", True, True, (3, 14))
    assert obstacle("/wheels", False, True) == ""
    assert obstacle("", True, True) == ""


@pytest.mark.parametrize(
    ("platform", "name", "remedy"),
    [
        ("macosx-10.15-x86_64", "Intel", "Apple chip"),
        ("win-arm64", "ARM version of Python", "x64"),
    ],
)
def test_a_platform_without_this_pytorch_is_named_before_anything_is_downloaded(platform, name, remedy):
    def obstacle(wheels):
        return setup_steps.obstacle(
            "/python", wheels, True, lambda _: BasePython((3, 11), platform), "/folder"
        )

    assert obstacle("").startswith("torch 2.13.0 does not exist for ")
    assert name in obstacle("")
    assert remedy in obstacle("")
    assert obstacle("/own wheels") == ""


@pytest.mark.parametrize(
    "platform", ["linux-x86_64", "linux-aarch64", "win-amd64", "macosx-11.0-arm64", "macosx-10.9-universal2"]
)
def test_other_platforms_have_it(platform):
    assert setup_steps.lacks_torch(platform) is None


def test_repairing_installs_nothing(environment):
    venv, check = setup_steps.repair_steps(environment, "/base/python")
    assert venv.command[-4:] == ["venv", "--upgrade", "--without-pip", str(environment.folder)]
    assert "pip" not in venv.command
    assert "zoetrope" in check.command[-1]
