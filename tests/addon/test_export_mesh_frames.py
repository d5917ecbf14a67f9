"""Export Creature of mesh frames: Alembic and USD hold another mesh each frame, glTF and FBX do not."""

import bpy
import pytest
from bpy_extras.io_utils import ExportHelper
from known_mesh_frames import shown
from test_ui import drawn_by

from blender_addon.operators.export_creature import ZOETROPE_OT_export_creature as operator
from blender_addon.scene import export
from blender_addon.ui import panel


def skip_unavailable(file_format):
    if export.unavailable(file_format):
        assert bpy.app.binary_path, "Blender as a Python module has all"
        pytest.skip(export.unavailable(file_format))


def back(path):
    """The one mesh of a file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if path.suffix == ".abc":
        bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    else:
        bpy.ops.wm.usd_import(filepath=str(path))
    (obj,) = (one for one in bpy.data.objects if one.type == "MESH")
    return obj


@pytest.mark.parametrize(("suffix", "file_format"), [(".abc", "ALEMBIC"), (".usdc", "USD")])
def test_every_mesh_comes_back(made, tmp_path, suffix, file_format):
    skip_unavailable(file_format)
    made()
    scene, path = bpy.context.scene, tmp_path / f"frames{suffix}"
    scene.frame_end = 250  # the artist's own: one cycle is written all the same
    scene.frame_set(7)
    assert bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(path)) == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (1, 250, 7)
    obj = back(path)
    for frame in range(1, 13):
        index = (frame - 1) // 2
        corners, height = shown(obj, frame)
        assert (corners, height) == (4 + index, pytest.approx(1.0 + 0.25 * index, abs=1e-5))
    assert shown(obj, 61)[0] == 9, "nothing is behind the cycle"


@pytest.mark.parametrize("suffix", [".glb", ".fbx"])
def test_a_format_of_one_mesh_is_refused_with_what_to_do(made, settings, tmp_path, suffix):
    settings.output = "shape_keys"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    creature, obj = bpy.context.object, made()
    creature.select_set(True)
    text = (
        rf"{obj.name} is another mesh in each frame, which \{suffix} cannot hold\. "
        r"Export Alembic \(\.abc\) or USD \(\.usdc\), or generate it with Output: Shape Keys\."
    )
    path = tmp_path / f"frames{suffix}"
    with pytest.raises(RuntimeError, match=text):
        bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(path))
    assert not list(tmp_path.glob(f"*{suffix}"))
    obj.select_set(False)
    assert bpy.ops.zoetrope.export_creature("EXEC_DEFAULT", filepath=str(path)) == {"FINISHED"}


def test_the_button_is_there_for_what_can_be_exported(made):
    button = "zoetrope.export_creature"
    assert button not in drawn_by(panel.ZOETROPE_PT_generate)
    made()
    assert button in drawn_by(panel.ZOETROPE_PT_generate)
    assert bpy.ops.zoetrope.export_creature.poll()


def test_the_file_browser_opens_with_a_format_that_holds_them(made, monkeypatch):
    class Dialog:
        filepath, file_format, filename_ext = "", "GLB", ".glb"

    opened = []
    monkeypatch.setattr(ExportHelper, "invoke", lambda dialog, *_: opened.append(dialog.filename_ext))
    operator.invoke(Dialog(), bpy.context, None)
    made()
    operator.invoke(Dialog(), bpy.context, None)
    held = [export.SUFFIXES[one] for one in export.CHANGING if not export.unavailable(one)]
    assert opened == [".glb", (held or [".glb"])[0]]
