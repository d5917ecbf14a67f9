"""The scene's unit scale: metres stay metres."""

import json

import bpy
import known_motion
import numpy as np
import pytest
from conftest import FRAMES, RECORDED, datablocks, vertices_at

pytestmark = pytest.mark.usefixtures("shape_keys")


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_a_creature_has_its_size_in_metres_at_every_unit_scale(scale):
    bpy.context.scene.unit_settings.scale_length = scale
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    obj = bpy.context.object
    for i in (0, 7, 19):
        metres = vertices_at(obj, 1 + i) * scale
        assert np.abs(metres - FRAMES[i]).max() < 1e-5
    assert json.loads(obj.data["zoetrope"])["meta"]["actions"] == RECORDED.meta["actions"]


def test_without_a_unit_system_the_scale_does_not_count():
    units = bpy.context.scene.unit_settings
    units.system, units.scale_length = "NONE", 0.01
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    assert np.abs(vertices_at(bpy.context.object, 1) - FRAMES[0]).max() < 1e-5


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_the_height_is_shown_in_units_and_requested_in_metres(settings, scale):
    scene = bpy.context.scene
    settings.natural_height = False
    scene.unit_settings.scale_length = scale
    assert settings.height * scale == pytest.approx(1.0)
    settings.height = 2.0 / scale
    assert settings.request(scene)["height"] == pytest.approx(2.0)
    scene.unit_settings.scale_length = 1.0
    assert settings.height == pytest.approx(2.0)


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_heights_limits_are_the_protocols_in_metres(settings, scale):
    scene = bpy.context.scene
    scene.unit_settings.scale_length = scale
    settings.natural_height = False
    for value, metres in ((5e6 / scale, 1000.0), (0.0, 0.001)):
        settings.height = value
        assert settings.request(scene)["height"] == pytest.approx(metres)


@pytest.mark.parametrize("scale", [3000.0, 1e-5])
def test_an_armature_has_all_its_bones_at_small_and_large_unit_scales(settings, scale):
    bpy.context.scene.unit_settings.scale_length = scale
    settings.output = "armature"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
    rig = bpy.context.object
    assert [bone.name for bone in rig.data.bones] == known_motion.NAMES
    assert min(bone.length for bone in rig.data.bones) > 1e-6


def test_a_unit_scale_that_is_too_large_for_bones_is_one_sentence(settings):
    bpy.context.scene.unit_settings.scale_length = 1e6
    settings.output = "armature"
    before = datablocks()
    with pytest.raises(RuntimeError, match=r"too short for bones in Blender\. Set a smaller Unit Scale"):
        bpy.ops.zoetrope.generate()
    assert datablocks() == before
    settings.output = "shape_keys"
    assert bpy.ops.zoetrope.generate() == {"FINISHED"}
