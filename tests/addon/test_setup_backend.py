"""Set Up Backend: what stops it before it begins. The steps are tested in tests/addon_core."""

import bpy
import pytest

from blender_addon import runtime
from blender_addon.core.installation import Installation


class Preferences:
    """Preferences of an add-on that was installed, as they are at first."""

    wheels = base_python = backend_python = ""
    torch_kind = "cpu"


def test_a_source_checkout_has_nothing_to_set_up():
    assert not bpy.ops.zoetrope.setup_backend.poll()


def test_nothing_is_downloaded_without_online_access(monkeypatch, tmp_path):
    monkeypatch.setattr(Installation, "wheel", lambda _self: tmp_path / "zoetrope-0.1.0-py3-none-any.whl")
    monkeypatch.setattr(runtime, "preferences", Preferences)
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        bpy.ops.zoetrope.setup_backend()
    assert runtime.get().setup is None
