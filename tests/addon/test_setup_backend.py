"""Set Up Backend: what stops it before it begins. The steps are tested in tests/addon_core."""

import sys

import bpy
import pytest

from blender_addon import runtime
from blender_addon.core.installation import Installation
from blender_addon.core.managed_environment import ManagedEnvironment


class Preferences:
    """Preferences of an add-on that was installed, as they are at first."""

    wheels = base_python = backend_python = ""
    torch_kind = "cpu"

    def __init__(self, **settings):
        vars(self).update(settings)


BASE = """#!/bin/sh
# A base Python 3.11: it says so, and venv makes DIR/bin/python, which succeeds whatever it is asked.
case "$*" in
    *sysconfig*) echo 3 11 linux-x86_64 ;;
    *" venv "*)
        for folder; do :; done
        echo "$*" >"$folder/log"
        echo "#!/bin/sh" >"$folder/bin/python"
        printf 'home = %s\\nversion = 3.11.7\\n' "$folder/bin" >"$folder/pyvenv.cfg"
        chmod +x "$folder/bin/python" ;;
esac
"""


def test_a_source_checkout_has_nothing_to_set_up():
    assert not bpy.ops.zoetrope.setup_backend.poll()


def test_nothing_is_downloaded_without_online_access(monkeypatch, tmp_path):
    monkeypatch.setattr(Installation, "wheel", lambda _self: tmp_path / "zoetrope-0.1.0-py3-none-any.whl")
    monkeypatch.setattr(runtime, "preferences", Preferences)
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        bpy.ops.zoetrope.setup_backend()
    assert runtime.get().setup is None


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """An environment whose base Python has gone, and a base to repair it with in the preferences."""
    wheel = tmp_path / "zoetrope-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    environment = ManagedEnvironment(tmp_path / "backend", wheel)
    environment.python.parent.mkdir(parents=True)
    (environment.folder / "pyvenv.cfg").write_text("home = /gone/bin\nversion = 3.11.7\n")
    environment.mark_complete()
    base = tmp_path / "base"
    base.write_text(BASE)
    base.chmod(0o755)
    monkeypatch.delenv("ZOETROPE_BACKEND_PYTHON", raising=False)
    monkeypatch.setattr(Installation, "wheel", lambda _self: wheel)
    monkeypatch.setattr(Installation, "environment", property(lambda _self: environment))
    monkeypatch.setattr(runtime, "preferences", lambda: Preferences(base_python=str(base)))
    return environment


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_moved_blenders_environment_is_repaired_without_a_download(broken):
    assert not bpy.app.online_access
    assert "Blender was moved or updated" in runtime.installation().missing()
    assert bpy.ops.zoetrope.setup_backend() == {"FINISHED"}
    assert broken.state() == "ready"
    assert "--upgrade --without-pip" in (broken.folder / "log").read_text()
    assert runtime.installation().missing() == ""


def test_one_of_another_python_version_must_be_set_up_anew(broken):
    (broken.folder / "pyvenv.cfg").write_text("home = /gone/bin\nversion = 3.13.1\n")
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        bpy.ops.zoetrope.setup_backend()
    assert broken.state() == "broken"
