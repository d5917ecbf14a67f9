"""The tab Animate Selected: what it shows, what it asks, and the arrow in the viewport."""

import json
import math

import bpy
import numpy as np
import pytest
from conftest import datablocks
from own_mesh import animate, choose, creature, select
from test_ui import drawn_by

from blender_addon import donor_icons, runtime
from blender_addon.core.errors import GenerationError
from blender_addon.properties import animate as animate_properties
from blender_addon.ui import facing_arrow, panel


@pytest.fixture
def beast():
    """The artist's mesh, selected."""
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.context.scene.zoetrope.tab = "ANIMATE"
    return creature()


def drawn():
    return drawn_by(panel.ZOETROPE_PT_generate)


def test_the_tab_shows_its_settings(beast):
    seen = drawn()
    assert seen[:3] == ["tab", "zoetrope.animate", "Animate Selected"]
    assert {"kind", "guess_facing", "donor", "walk", "fly", "swim", "seed", "output"} <= set(seen)
    assert "facing" not in seen
    assert "rig" not in seen
    bpy.context.scene.zoetrope.animate.kind = "fish"
    assert "walk" not in drawn()
    bpy.context.scene.zoetrope.animate.guess_facing = False
    assert {"facing", "zoetrope.turn_facing", "180"} <= set(drawn())


def test_usual_actions_are_ticked_and_ticks_are_kept_by_name(beast, settings):
    ours = settings.animate
    assert ours.actions == {"walk", "run", "swim", "fly", "idle"}
    ours.kind = "fish"
    assert ours.actions == {"swim"}
    ours.kind = "quadruped"
    ours.actions = {"walk", "attack"}
    ours.kind = "fish"
    assert ours.actions == {"attack"}
    ours.kind = "quadruped"
    assert ours.actions == {"walk", "attack"}
    ours.actions = {"walk"}
    ours.kind = "fish"
    assert ours.actions == {"swim"}


def test_no_tick_is_one_sentence(beast, session, settings):
    choose(actions=set())
    assert "Tick one or more actions." in " ".join(drawn())
    with pytest.raises(RuntimeError, match="No action is ticked"):
        bpy.ops.zoetrope.animate()
    assert session.backend_pid() is None


def test_an_unsure_guess_is_asked_and_nothing_animated_before_it_is_confirmed(monkeypatch, beast, settings):
    monkeypatch.setenv("STAND_IN_ASK", "1")
    before = datablocks()
    choose(actions={"walk"})
    assert bpy.ops.zoetrope.animate() == {"CANCELLED"}
    assert datablocks() == before
    seen = drawn()
    assert "Confirm and Animate" in seen
    assert any("Quadruped? 55% sure." in text for text in seen)
    assert settings.animate.facing == pytest.approx(-math.pi / 2), "facing 90 turns -X to -Y"
    bpy.ops.zoetrope.turn_facing(angle=math.pi)
    assert bpy.ops.zoetrope.animate() == {"FINISHED"}
    meta = json.loads(bpy.context.object["zoetrope"])
    assert meta["request"]["facing"] == pytest.approx(-90.0)
    assert meta["request"]["category"] == "quadruped"
    assert "Confirm and Animate" not in drawn()


def test_a_guess_is_forgotten_for_another_or_a_changed_mesh(monkeypatch, beast):
    monkeypatch.setenv("STAND_IN_ASK", "1")
    choose(actions={"walk"})
    bpy.ops.zoetrope.animate()
    other = creature("Other", (5, 0, 0))
    assert "Confirm and Animate" not in drawn()
    assert bpy.ops.zoetrope.animate() == {"CANCELLED"}, "it is asked about the other one too"
    other.rotation_euler.z = 1.0
    bpy.context.view_layer.update()
    assert bpy.ops.zoetrope.animate() == {"CANCELLED"}, "and again when it was turned"


def test_kind_and_direction_of_the_artist_are_not_asked_again(monkeypatch, beast, settings):
    monkeypatch.setenv("STAND_IN_ASK", "1")
    settings.animate.guess_facing = False
    settings.animate.facing = math.pi / 2
    rig = animate(kind="quadruped", actions={"walk"})
    request = json.loads(rig["zoetrope"])["request"]
    assert request["facing"] == pytest.approx(-90.0)


def test_donors_have_their_pictures(monkeypatch, tmp_path, settings):
    donor_icons.detach()
    donor_icons.attach()
    listed = [{"name": name, "title": name, "category": "fish"} for name in ("koi", "eel")]
    (tmp_path / "donors.json").write_text(json.dumps({"donors": listed}))
    (tmp_path / "donor_thumbnails").mkdir()
    picture = bpy.data.images.new("Koi", 8, 8)
    picture.filepath_raw, picture.file_format = str(tmp_path / "donor_thumbnails/koi.png"), "PNG"
    picture.save()
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(tmp_path))
    settings.animate.kind = "fish"
    assert [item[0] for item in animate_properties._donor_items(settings.animate, None)] == [
        "BEST",
        "eel",
        "koi",
    ]
    loaded = donor_icons._previews  # without a window they have no icon numbers
    assert list(loaded) == [picture.filepath_raw]
    assert tuple(loaded[picture.filepath_raw].image_size) == (8, 8)


def test_donors_of_the_kind_are_listed_and_those_that_fit_first(monkeypatch, tmp_path, beast, settings):
    listed = [("q_cow", "Cow", "quadruped"), ("q_koi", "Koi", "fish")]
    donors = [{"name": name, "title": title, "category": kind} for name, title, kind in listed]
    (tmp_path / "donors.json").write_text(json.dumps({"donors": donors}))
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(tmp_path))
    settings.animate.kind = "fish"
    settings.animate.donor = "q_koi"
    settings.animate.kind = "quadruped"
    assert settings.animate.donor == "BEST", "a fish is no donor of a quadruped"
    settings.animate.donor = "q_cow"
    settings.animate.donor = "BEST"
    with pytest.raises(TypeError):
        settings.animate.donor = "wolf"
    animate(actions={"walk"})
    settings.animate.donor = "wolf"
    rig = animate(rig="donor", actions={"walk"})
    assert json.loads(rig["zoetrope"])["request"]["donor"] == "wolf"


def test_a_bad_mesh_is_explained_in_the_panel_without_a_log(monkeypatch, session, beast):
    monkeypatch.setenv("STAND_IN_MODE", "bad_mesh")
    with pytest.raises(RuntimeError, match=r"not a creature: no kind fits it\. Choose its kind"):
        bpy.ops.zoetrope.animate()
    seen = drawn()
    assert "This is not a creature" in " ".join(seen)
    assert "zoetrope.copy_log" not in seen


def test_an_error_of_the_backend_keeps_its_remedy(session, beast):
    session.error = GenerationError("crashed", "What went wrong.", "What mends it.")
    assert {"zoetrope.copy_log", "zoetrope.open_preferences"} <= set(drawn())


def test_what_is_animated_lists_its_actions_and_notes(beast):
    rig = animate()
    seen = drawn()
    assert {"Its Actions", "Beast_walk", "Beast_idle", "Beast_attack", "zoetrope.push_to_nla"} <= set(seen)
    assert "zoetrope.export_creature" in seen
    assert "rig" in seen, "it is bound to bones now"
    select(beast)
    assert "Beast_idle" in drawn(), "by the mesh as well"
    select(bpy.data.objects["Camera"])
    assert "Beast_idle" not in drawn()
    assert rig["zoetrope"]


def test_the_arrow_points_where_the_setting_says(beast, settings):
    assert facing_arrow.triangles(bpy.context) is None, "nothing is known yet"
    settings.animate.guess_facing = False
    settings.animate.facing = math.pi / 2
    points = facing_arrow.triangles(bpy.context)
    tip = points[-1]
    assert tip[0] > 0.25 + 0.1
    assert np.allclose(tip[1:], (points[0] + points[1])[1:] / 2, atol=1e-6), "to +X, on the ground"
    settings.tab = "GENERATE"
    assert facing_arrow.triangles(bpy.context) is None


def test_it_needs_a_mesh():
    bpy.context.scene.zoetrope.tab = "ANIMATE"
    select(bpy.data.objects["Light"])
    assert not bpy.ops.zoetrope.animate.poll()
    drawn()


def test_the_state_of_the_last_file_is_forgotten(monkeypatch, beast):
    monkeypatch.setenv("STAND_IN_ASK", "1")
    choose(actions={"walk"})
    bpy.ops.zoetrope.animate()
    assert runtime.get().guess is not None
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert runtime.get().guess is None
