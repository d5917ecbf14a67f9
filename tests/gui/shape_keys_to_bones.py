"""Shape Keys to Bones in Blender's real window, with the stand-in: build, undo, cancel by Esc."""

import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/addon"))
from own_mesh import at, base, creature, select  # noqa: E402

FRAMES, SHOWN = 60, 33


def everything(window, driver, out):
    """All of it; driver: the module that runs the test, with its `waiting`, `session`, `say`."""
    with bpy.context.temp_override(window=window.window, area=window.area):
        for obj in list(bpy.data.objects):
            bpy.data.objects.remove(obj)
        moving_creature()
        bpy.context.scene.frame_set(SHOWN)
        bpy.ops.ed.undo_push(message="Before Shape Keys to Bones")
    yield 0.5
    driver.runtime().get().session.close()
    before = state(driver)
    yield from build(window, driver, out)
    window.hover_view()
    yield 0.3
    window.press("ctrl+z")
    yield from driver.waiting(lambda: state(driver) == before, "one undo removes bones and copy", 20)
    pause = os.environ["STAND_IN_PAUSE"]
    os.environ["STAND_IN_PAUSE"] = "0.1"  # a stage of two seconds is seen by the slowest of windows
    driver.session().close()
    for stage in ("read", "decompose"):
        yield from cancel(window, driver, stage)
    os.environ["STAND_IN_PAUSE"] = pause
    driver.session().close()


def moving_creature():
    """A creature that a shape key carries along."""
    obj = creature(location=(1.0, 2.0, 0.5))
    obj.shape_key_add(name="Basis")
    key = obj.shape_key_add(name="along")
    key.points.foreach_set("co", (base(obj) + [0.8, 0.0, 0.3]).astype(np.float32).ravel())
    for frame, value in ((1, 0.0), (FRAMES, 1.0)):
        key.value = value
        key.keyframe_insert("value", frame=frame)
    select(obj)


def state(driver):
    """All data-blocks by name, whether the creature is hidden, and the frame."""
    beast = bpy.data.objects.get("Beast")
    return driver.datablocks(), beast is not None and beast.hide_get(), bpy.context.scene.frame_current


def reached(job, stage):
    """Whether the job is well in its stage."""
    return job.stage == stage and job.fraction > 0.05


def press(window, driver, pause):
    """Run the operator as its button does; slices of reading are short, for the mesh is small."""
    reading = sys.modules[f"{driver.MODULE}.core.decomposition.reading"]
    reading.SLICE = pause
    context = {"window": window.window, "area": window.area, "region": window.region("WINDOW")}
    with bpy.context.temp_override(**context):
        assert bpy.ops.zoetrope.shape_keys_to_bones("INVOKE_DEFAULT") == {"RUNNING_MODAL"}


def build(window, driver, out):
    """The copy moves as the original did, and plays."""
    beast = bpy.data.objects["Beast"]
    points = [at(beast, frame) for frame in (1, 20, FRAMES)]
    bpy.context.scene.frame_set(SHOWN)
    began = time.monotonic()
    press(window, driver, 0.2)
    yield from driver.waiting(lambda: driver.session().job is None, "bones are found", 60)
    assert driver.session().error is None, driver.session().error
    yield 1.0
    rig = bpy.context.view_layer.objects.active
    assert rig.name == "Beast_rig", rig
    assert window.window.screen.is_animation_playing, "the animation does not play"
    window.screenshot(out / "bones.png")
    window.stop_animation()
    yield 0.3
    copy = bpy.data.objects["Beast_skinned"]
    for frame, truth in zip((1, 20, FRAMES), points, strict=True):
        assert np.abs(at(copy, frame) - truth).max() < 2e-5
    driver.say(f"shape keys to bones in {time.monotonic() - began:.1f} s")


def cancel(window, driver, stage):
    """Cancel by Esc."""
    before = state(driver)
    window.hover_view()
    yield 0.3
    press(window, driver, 0.0)
    job = driver.session
    yield from driver.waiting(lambda: job().job is None or reached(job().job, stage), f"stage {stage}", 30)
    assert job().job is not None, f"the job ended before its stage {stage}"
    began = time.monotonic()
    window.press("Escape")
    yield from driver.waiting(lambda: job().job is None, "the job ends", 20)
    seconds = time.monotonic() - began
    assert seconds < 2.0, f"cancel took {seconds:.2f} s"
    yield 0.3
    assert job().error is None, job().error
    assert state(driver) == before, "something is left"
    driver.say(f"bones cancelled during {stage} in {seconds:.2f} s")
