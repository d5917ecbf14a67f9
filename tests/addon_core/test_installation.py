"""Where the backend's Python and weights are looked for, and the command that starts it."""

import pytest

from blender_addon.core.errors import GenerationError
from blender_addon.core.installation import Installation


@pytest.fixture
def make(tmp_path):
    """A function that makes an Installation with files of its own in tmp_path."""
    addon = tmp_path / "addon"
    addon.mkdir()

    def installation(preferred_python="", **variables):
        return Installation(addon, tmp_path / "managed", preferred_python, variables)

    return installation


def file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def set_up(installation):
    """Make the managed environment as the installer leaves it."""
    wheel = file(installation.addon / "backend_wheel/zoetrope-0.1.0-py3-none-any.whl")
    file(installation.environment.python)
    settings = f"home = {installation.environment.python.parent}\nversion = 3.11.7\n"
    (installation.environment.folder / "pyvenv.cfg").write_text(settings)
    installation.environment.mark_complete()
    return wheel


def test_the_override_comes_before_the_preference_and_the_managed_environment(make, tmp_path):
    set_up(make())
    preferred = str(file(tmp_path / "preferred/python"))
    assert make(preferred, ZOETROPE_BACKEND_PYTHON="/override").python() == "/override"
    assert make(preferred).python() == preferred
    assert make().python() == str(make().environment.python)


def test_a_preferred_python_that_is_not_there_is_an_error_even_when_set_up(make):
    set_up(make())
    assert make("/nowhere/python").missing() == "There is no Python at /nowhere/python."


def test_what_is_missing_is_one_sentence(make):
    installation = make()
    assert installation.missing() == "The backend is not set up yet."
    wheel = set_up(installation)
    assert installation.missing() == ""
    wheel.write_bytes(b"of another version")
    assert "another version of the add-on" in installation.missing()
    with pytest.raises(GenerationError) as caught:
        installation.python()
    assert caught.value.kind == "no_backend"
    assert "preferences" in caught.value.remedy


def test_a_broken_environment_is_told_from_one_that_is_not_there(make):
    installation = make()
    set_up(installation)
    installation.environment.python.unlink()
    assert installation.missing() == "The backend's Python is gone: Blender was moved or updated."


def test_weights_are_the_overrides_the_add_ons_or_the_checkouts(make, tmp_path):
    assert make().weights() is None
    checkout = file(tmp_path / "weights/checksums").parent
    assert make().weights() == checkout
    own = file(make().addon / "weights/checksums").parent
    assert make().weights() == own
    assert str(make(ZOETROPE_WEIGHTS="/elsewhere").weights()) == "/elsewhere"


def test_the_command_serves_with_the_weights(make):
    installation = make(ZOETROPE_BACKEND_PYTHON="/python", ZOETROPE_WEIGHTS="/weights")
    command = installation.serve_command()
    assert command[0] == "/python"
    assert command[1] == "-I"
    assert command[-5:] == ["-m", "zoetrope", "serve", "--weights", "/weights"]


def test_other_arguments_replace_the_service_and_need_no_weights(make):
    installation = make(ZOETROPE_BACKEND_PYTHON="/python", ZOETROPE_BACKEND_ARGS='["-I", "stand_in.py"]')
    assert installation.serve_command() == ["/python", "-I", "stand_in.py"]


def test_lost_weights_are_an_error(make):
    with pytest.raises(GenerationError, match="lost its weights") as caught:
        make(ZOETROPE_BACKEND_PYTHON="/python").serve_command()
    assert caught.value.remedy == "Install its zip again."
