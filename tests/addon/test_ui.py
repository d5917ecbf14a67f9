"""The panel and the preferences draw what exists; a stand-in for the layout checks each element."""

import functools
import types

import bpy
import pytest

from blender_addon import preferences, runtime
from blender_addon.core.errors import GenerationError
from blender_addon.core.installation import Installation
from blender_addon.ui import body_panel, panel

ICONS = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys()


class Layout:
    """Checks each element and records it."""

    def __init__(self, drawn):
        self.drawn = drawn

    def _same(self, **_):
        return Layout(self.drawn)

    row = column = box = grid_flow = _same

    def prop_enum(self, data, name, value):
        assert name in data.bl_rna.properties
        self.drawn.append(value)

    def separator(self):
        pass

    def label(self, *, text, icon="NONE"):
        assert icon in ICONS
        self.drawn.append(text)

    def prop(self, data, name, *, text=None, expand=False, slider=False):
        assert name in data.bl_rna.properties
        self.drawn.append(name if text is None else text)

    def template_icon_view(self, data, name, *, show_labels, scale, scale_popup):
        self.prop(data, name)

    def progress(self, *, factor, text):
        assert 0.0 <= factor <= 1.0
        self.drawn.append(text)

    def operator(self, name, *, text=None, icon="NONE", depress=False):
        assert icon in ICONS
        room, verb = name.split(".")
        getattr(getattr(bpy.ops, room), verb).get_rna_type()
        self.drawn += [name] if text is None else [name, text]
        return types.SimpleNamespace()


def drawn_by(cls):
    """Everything that a panel draws."""
    drawn = []
    names = [n for n in vars(cls) if n.startswith("_draw") or n == "draw"]
    stub = types.SimpleNamespace(layout=Layout(drawn))
    for name in names:
        setattr(stub, name, functools.partial(getattr(cls, name), stub))
    context = types.SimpleNamespace(
        scene=bpy.context.scene,
        object=bpy.context.object,
        selected_objects=bpy.context.selected_objects,
        preferences=bpy.context.preferences,
        region=types.SimpleNamespace(width=280),
    )
    stub.draw(context)
    return drawn


def test_the_panel_shows_every_setting():
    drawn = drawn_by(panel.ZOETROPE_PT_generate)
    assert drawn[:2] == ["tab", "zoetrope.generate"]
    for name in (
        "category",
        "walk",
        "output",
        "correctives",
        "seed",
        "natural_length",
        "scene_fps",
        "detail",
        "natural_height",
        "natural_palette",
        "placement",
    ):
        assert name in drawn
    assert "frames" not in drawn
    assert {"full_surface", "faces", "texture"} <= set(drawn)
    settings = bpy.context.scene.zoetrope
    settings.natural_length = settings.scene_fps = settings.natural_height = settings.natural_palette = False
    assert {"frames", "fps", "height", "palette"} <= set(drawn_by(panel.ZOETROPE_PT_generate))
    settings.full_surface = True
    assert "faces" not in drawn_by(panel.ZOETROPE_PT_generate)


def test_an_engine_can_be_chosen_where_there_are_two(monkeypatch):
    monkeypatch.setattr(panel.generate_tab.runtime, "has_hyperdiffusion", lambda: False)
    assert "engine" not in drawn_by(panel.ZOETROPE_PT_generate)
    monkeypatch.setattr(panel.generate_tab.runtime, "has_hyperdiffusion", lambda: True)
    assert "engine" in drawn_by(panel.ZOETROPE_PT_generate)
    assert body_panel.ZOETROPE_PT_body.poll(bpy.context)
    bpy.context.scene.zoetrope.engine = "hyperdiffusion"
    drawn = set(drawn_by(panel.ZOETROPE_PT_generate))
    assert {"engine", "frame_output", "faces", "levels_of_detail"} <= drawn
    assert not {"output", "correctives", "texture", "natural_palette"} & drawn
    bpy.context.scene.zoetrope.frame_output = "armature"
    assert "correctives" in drawn_by(panel.ZOETROPE_PT_generate)
    bpy.context.scene.zoetrope.frame_output = "mesh_frames"
    drawn = set(drawn_by(panel.ZOETROPE_PT_generate))
    assert "scene_fps" in drawn, "the first ones set the scene's rate"
    assert not {"natural_length", "faces", "levels_of_detail", "placement"} & drawn
    assert not body_panel.ZOETROPE_PT_body.poll(bpy.context)


def test_an_engine_of_a_file_is_shown_though_it_is_not_installed():
    bpy.context.scene.zoetrope.engine = "hyperdiffusion"
    assert "engine" in drawn_by(panel.ZOETROPE_PT_generate)


def test_a_setting_beyond_the_protocol_is_explained_before_anything_is_sent(session):
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 2000, 1.0
    text = "Scene Rate is 2,000 frames per second; it must be at most 1,000."
    assert text in " ".join(drawn_by(panel.ZOETROPE_PT_generate))
    with pytest.raises(RuntimeError, match=text):
        bpy.ops.zoetrope.generate()
    assert session.backend_pid() is None
    scene.zoetrope.scene_fps = False
    assert text not in " ".join(drawn_by(panel.ZOETROPE_PT_generate))


@pytest.mark.parametrize("content", [None, "{", '{"categories": []}'])
def test_lost_or_damaged_weights_leave_the_panel_usable(monkeypatch, tmp_path, settings, content):
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(tmp_path))
    if content is not None:
        (tmp_path / "model.json").write_text(content)
    drawn_by(panel.ZOETROPE_PT_generate)
    settings.category = "fish"
    assert settings.actions == {"swim"}


@pytest.mark.parametrize("kind", [*panel.REMEDIES, "internal"])
def test_an_error_is_shown_with_its_remedy(session, kind):
    session.error = GenerationError(kind, "What went wrong.", "What mends it.")
    drawn = drawn_by(panel.ZOETROPE_PT_generate)
    assert "What went wrong. What mends it." in " ".join(drawn)
    assert "zoetrope.copy_log" in drawn
    if kind in panel.REMEDIES:
        assert panel.REMEDIES[kind][0] in drawn


def test_a_creature_can_be_exported_and_a_cube_not():
    assert "zoetrope.export_creature" not in drawn_by(panel.ZOETROPE_PT_generate)
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert "zoetrope.export_creature" in drawn_by(panel.ZOETROPE_PT_generate)


def test_a_running_job_shows_its_progress_and_cancel(monkeypatch, session):
    job = types.SimpleNamespace(
        finished=False, fraction=0.4, text="Sampling the body", elapsed=3.2, cancelling=False
    )
    with monkeypatch.context() as patch:
        patch.setattr(session, "job", job)
        drawn = drawn_by(panel.ZOETROPE_PT_generate)
    assert drawn[:3] == ["tab", "Sampling the body  3 s", "zoetrope.cancel"]
    assert "zoetrope.generate" not in drawn


def preferences_drawn():
    """Everything that the preferences draw; a stand-in, for an add-on that is not installed has none."""
    drawn = []
    properties = set(preferences.ZoetropePreferences.__annotations__)
    stub = types.SimpleNamespace(
        layout=Layout(drawn),
        torch_kind="cpu",
        wheels="",
        base_python="",
        bl_rna=types.SimpleNamespace(properties=properties),
    )
    region = types.SimpleNamespace(width=280)
    context = types.SimpleNamespace(preferences=bpy.context.preferences, region=region)
    preferences.ZoetropePreferences.draw(stub, context)
    return drawn


def test_the_preferences_show_what_is_missing(monkeypatch):
    monkeypatch.setattr(Installation, "missing", lambda _self: "The backend is not set up yet.")
    drawn = preferences_drawn()
    assert "The backend is not set up yet." in drawn
    assert "zoetrope.setup_backend" in drawn
    assert "use_online_access" in drawn
    assert any("on disk about" in text for text in drawn)


def test_the_preferences_show_a_running_setup(monkeypatch):
    setup = types.SimpleNamespace(
        running=lambda: True, fraction=0.3, text="Installing PyTorch", elapsed=12, error="", log=[]
    )
    with monkeypatch.context() as patch:
        patch.setattr(runtime.get(), "setup", setup)
        drawn = preferences_drawn()
    assert "Installing PyTorch (12 s)" in drawn
    assert "zoetrope.cancel_setup" in drawn
