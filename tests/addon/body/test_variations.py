"""New Body, New Proportions and Apply: the active creature with one thing changed, in its place."""

import json

import bpy
import known_creature
import numpy as np
import pytest
from conftest import datablocks
from previews import settle, shown, turn_on
from textured import RECORDED, generate, image_of, palette_of, pixels_of, swatch, vertex_colours
from variations import notes_of, vary

from blender_addon.scene import actions, creatures, our_actions
from blender_addon.scene.rig import playable_actions

pytestmark = pytest.mark.usefixtures("textured_backend", "output")


def request_of(obj):
    return json.loads(obj.data["zoetrope"])["request"]


def points(obj):
    """Vertices (V, 3) of a creature at rest."""
    values = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", values)
    return values.reshape(-1, 3)


def rest_of(request):
    """Vertices (V, 3) of the recorded creature with a request's proportions."""
    return known_creature.mapped(RECORDED["rest"], known_creature.proportions(request))


def test_new_proportions_change_the_proportions_alone(settings):
    settings.actions = {"walk", "run"}
    before = request_of(generate())
    obj = vary("new_proportions")
    request = request_of(obj)
    assert request["proportions_seed"] is not None
    assert request == {**before, "proportions_seed": request["proportions_seed"]}
    assert np.allclose(points(obj), rest_of(request), atol=1e-6)
    factors = known_creature.proportions(request)
    assert obj.data.zoetrope_proportions.tail == pytest.approx(factors["tail"])
    assert (settings.sampled, settings.proportions_seed) == ("SEED", request["proportions_seed"])


def test_new_body_changes_the_seed_and_keeps_the_coat(settings):
    before = request_of(generate())
    obj = vary("new_body")
    request = request_of(obj)
    assert request["seed"] != before["seed"]
    assert request == {**before, "seed": request["seed"], "palette": before["seed"]}
    assert (settings.seed, settings.palette, settings.natural_palette) == (request["seed"], 7, False)


def test_each_keeps_what_the_others_sampled():
    generate()
    vary("new_proportions")
    obj = vary("new_coat")
    rest, coat = points(obj), palette_of(obj)
    seeds = {name: request_of(obj)[name] for name in ("seed", "palette", "proportions_seed")}
    obj = vary("new_body")
    assert np.array_equal(palette_of(obj), coat)
    request = request_of(obj)
    assert (request["palette"], request["proportions_seed"]) == (seeds["palette"], seeds["proportions_seed"])
    assert np.array_equal(points(obj), rest), "the stand-in has one body"
    again = vary("new_coat")
    assert again == obj
    assert np.array_equal(points(obj), rest)
    assert request_of(obj)["proportions_seed"] == seeds["proportions_seed"]


def test_sliders_of_the_creature_are_applied(settings):
    obj = generate()
    assert not bpy.ops.zoetrope.apply_proportions.poll(), "nothing was moved"
    obj.data.zoetrope_proportions.legs = 1.3
    obj = vary("apply_proportions")
    assert request_of(obj)["proportions"] == {"legs": 1.3}
    assert np.allclose(points(obj), rest_of({"proportions": {"legs": 1.3}}), atol=1e-6)
    assert obj.data.zoetrope_proportions.legs == pytest.approx(1.3)
    assert not bpy.ops.zoetrope.apply_proportions.poll()
    assert (settings.sampled, settings.proportions.legs) == ("OFF", pytest.approx(1.3))


def test_applying_a_slider_keeps_the_other_sampled_proportions_bit_for_bit():
    generate()
    obj = vary("new_proportions")
    sampled = known_creature.proportions(request_of(obj))
    obj.data.zoetrope_proportions.tail = 1.25
    made = request_of(vary("apply_proportions"))
    acting = {name: value for name, value in sampled.items() if name != "arms"}
    assert made["proportions"] == {**acting, "tail": 1.25}
    assert made["proportions_seed"] is None


def test_reset_brings_the_sliders_back_to_the_creature():
    generate()
    obj = vary("new_proportions")
    factors = obj.data.zoetrope_proportions
    before = factors.values()
    factors.legs = factors.tail = 1.1
    assert bpy.ops.zoetrope.reset_proportions(active=True) == {"FINISHED"}
    assert factors.values() == before


@pytest.mark.parametrize("verb", ["new_proportions", "new_body"])
def test_it_takes_the_creatures_place(settings, verb):
    settings.seed = 3
    obj = generate()
    base = obj.parent or obj
    base.location, base.scale, base.name = (3, 4, 5), (2, 2, 2), "Mine"
    obj.modifiers.new("Smooth", "SMOOTH")
    collection = bpy.data.collections.new("Beasts")
    bpy.context.scene.collection.children.link(collection)
    for other in {obj, base}:
        for user in list(other.users_collection):
            user.objects.unlink(other)
        collection.objects.link(other)
    before = datablocks()
    new = vary(verb)
    assert new == obj
    base = new.parent or new
    assert (tuple(base.location), tuple(base.scale)) == ((3, 4, 5), (2, 2, 2))
    assert new.users_collection == (collection,)
    assert base.users_collection == (collection,)
    assert "Smooth" in new.modifiers
    assert datablocks() == before


def test_a_new_body_leaves_the_morph_out_with_a_note(settings):
    settings.morph, settings.morph_seed, settings.morph_amount = "SEED", 5, 0.4
    obj = generate()
    assert request_of(obj)["morph"] is not None
    obj = vary("new_proportions")
    assert request_of(obj)["morph"] is not None
    obj = vary("new_body")
    assert request_of(obj)["morph"] is None
    assert sum("morph was left out" in note for note in notes_of(obj)) == 1
    assert settings.morph == "OFF"
    assert not any("morph" in note for note in notes_of(vary("new_body")))


@pytest.mark.parametrize(
    "text", ["hello", "[]", "{}", 5, '{"bounds": [1, "x"]}', '{"meta": {"proportions": 5}}']
)
def test_damaged_text_of_a_creature_is_one_sentence_and_in_nobodys_way(session, text):
    obj = generate()
    obj.data["zoetrope"] = text
    for verb in ("new_body", "new_proportions", "new_coat"):
        with pytest.raises(RuntimeError, match=r"What made this creature is not stored with it\."):
            getattr(bpy.ops.zoetrope, verb)()
    assert bpy.ops.zoetrope.reset_proportions(active=True) == {"FINISHED"}
    assert not session.running()
    count = len(bpy.data.objects)
    assert generate() != obj
    assert len(bpy.data.objects) > count


def test_a_library_override_is_refused_with_its_remedy(tmp_path):
    obj = generate()
    rig = obj.parent or obj
    collection = bpy.data.collections.new("Asset")
    for other in {obj, rig}:
        for user in list(other.users_collection):
            user.objects.unlink(other)
        collection.objects.link(other)
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {collection})
    bpy.ops.wm.read_factory_settings()
    with bpy.data.libraries.load(path, link=True) as (_, linked):
        linked.collections = ["Asset"]
    scene, layer = bpy.context.scene, bpy.context.view_layer
    scene.collection.children.link(linked.collections[0])
    verbs = ("new_body", "new_proportions", "apply_proportions", "new_coat", "preview_proportions")

    def refused(obj, sentence):
        layer.objects.active = obj
        for verb in verbs:
            with pytest.raises(RuntimeError, match=sentence):
                getattr(bpy.ops.zoetrope, verb)()
        assert bpy.ops.zoetrope.reset_proportions(active=True) == {"CANCELLED"}

    (obj,) = (obj for obj in bpy.data.objects if creatures.is_creature(obj))
    refused(obj, "linked from another file")
    linked.collections[0].override_hierarchy_create(scene, layer)
    (obj,) = (o for o in bpy.data.objects if creatures.is_creature(o) and o.override_library)
    refused(obj, "library override: make it local")
    colours = vertex_colours(obj.data)
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    assert np.array_equal(vertex_colours(obj.data), colours), "it would be lost with the next opening"


def test_it_can_be_pressed_in_edit_mode_of_a_linked_duplicate():
    obj = generate(texture="1024")
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    coat = vertex_colours(obj.data)
    copy = bpy.data.objects.new("Copy", obj.data)
    bpy.context.collection.objects.link(copy)
    bpy.context.view_layer.objects.active = copy
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.context.view_layer.objects.active = obj
    obj = vary("new_proportions")
    assert np.array_equal(vertex_colours(obj.data), coat)


def test_it_can_be_pressed_in_edit_mode():
    obj = generate(texture="1024")
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    coat, pixels = vertex_colours(obj.data), pixels_of(image_of(obj, "Base Color"))
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    obj = vary("new_proportions")
    assert obj.mode == "OBJECT"
    assert np.array_equal(vertex_colours(obj.data), coat)
    assert np.array_equal(pixels_of(image_of(obj, "Base Color")), pixels)


def test_a_preview_of_the_next_creature_stays():
    generate()
    preview = turn_on()
    vary("new_proportions")
    settle()
    assert shown() == preview


def layout(block):
    """The NLA tracks of a data-block, and the name of what plays."""
    made = our_actions.of(block)
    tracks = [
        (
            track.mute,
            [(made.index(s.action), s.frame_start, s.scale, s.repeat, s.extrapolation) for s in track.strips],
        )
        for track in block.animation_data.nla_tracks
    ]
    active = actions.active(block)
    return active and made.index(active), tracks


def test_nla_tracks_stay(settings):
    settings.actions = {"walk", "run"}
    obj = generate()
    assert bpy.ops.zoetrope.push_to_nla() == {"FINISHED"}
    block = playable_actions.of(obj)
    strip = block.animation_data.nla_tracks[1].strips[0]
    strip.repeat, strip.frame_start = 2.0, 90
    before, end = layout(block), bpy.context.scene.frame_end
    assert before[0] is None
    block = playable_actions.of(vary("new_proportions"))
    assert layout(block) == before
    assert all(not strip.mute for strip in actions.playing_strips(block))
    assert bpy.context.scene.frame_end >= end


def test_what_plays_goes_on_playing(settings):
    settings.actions = {"walk", "run"}
    obj = generate()
    run = our_actions.of(playable_actions.of(obj))[1]
    assert bpy.ops.zoetrope.play_action(action=run.name) == {"FINISHED"}
    before = layout(playable_actions.of(obj))
    assert before[0] == 1
    assert layout(playable_actions.of(vary("new_proportions"))) == before


def test_one_undo_brings_the_old_one_back():
    obj = generate()
    name, seed = obj.name, request_of(obj)["proportions_seed"]
    swatch(obj, "Coat").colour = (0.9, 0.1, 0.2)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.zoetrope.new_proportions("EXEC_DEFAULT", True) == {"FINISHED"}
    bpy.ops.ed.undo()
    old = bpy.data.objects[name]
    assert np.array_equal(points(old), RECORDED["rest"])
    assert request_of(old)["proportions_seed"] == seed
    assert tuple(swatch(old, "Coat").colour) == pytest.approx((0.9, 0.1, 0.2))


def test_a_failure_changes_nothing(monkeypatch, session):
    obj = generate()
    obj.data.zoetrope_proportions.legs = 1.3
    before, text = datablocks(), obj.data["zoetrope"]
    session.close()
    monkeypatch.setenv("STAND_IN_MODE", "error")
    for verb in ("new_body", "new_proportions", "apply_proportions"):
        with pytest.raises(RuntimeError, match="not enough memory"):
            getattr(bpy.ops.zoetrope, verb)()
    assert datablocks() == before
    assert obj.data["zoetrope"] == text
    assert obj.data.zoetrope_proportions.legs == pytest.approx(1.3)


def test_other_weights_cannot_make_the_same_body(session):
    obj = generate()
    stored = json.loads(obj.data["zoetrope"])
    obj.data["zoetrope"] = json.dumps({**stored, "weights": {"name": "older", "checksum": "abc"}})
    for known in (True, False):
        if not known:
            session.close()
        with pytest.raises(RuntimeError, match="weights older, which made this creature"):
            bpy.ops.zoetrope.new_proportions()
        assert np.array_equal(points(obj), RECORDED["rest"])
    vary("new_body")


def test_a_creature_of_an_older_version_gets_a_new_body(settings):
    obj = generate()
    stored = json.loads(obj.data["zoetrope"])
    for name in ("proportions", "proportions_seed", "morph", "levels_of_detail", "correctives"):
        stored["request"].pop(name, None)
    obj.data["zoetrope"] = json.dumps(stored)
    new = vary("new_body")
    assert settings.seed == request_of(new)["seed"]
    assert settings.sampled == "BODY", "none was pinned"


def test_a_creature_without_a_request_is_a_sentence(session):
    obj = generate()
    obj.data["zoetrope"] = json.dumps({**json.loads(obj.data["zoetrope"]), "request": {}})
    with pytest.raises(RuntimeError, match="not stored with it"):
        bpy.ops.zoetrope.new_body()
    assert not session.running()


def test_they_need_an_active_creature():
    for verb in ("new_body", "new_proportions", "apply_proportions"):
        assert not getattr(bpy.ops.zoetrope, verb).poll()
