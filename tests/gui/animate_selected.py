"""Animate Selected in Blender's real window, with the stand-in, whose result is known exactly."""

import json
import math
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/addon"))
from own_mesh import at, base, creature, expected, select, world  # noqa: E402

TOLERANCE = 1e-5
ACTIONS = {"walk", "idle"}


def use_stand_in(driver):
    """Let the next job run in the stand-in."""
    driver.session().close()
    os.environ["ZOETROPE_BACKEND_ARGS"] = json.dumps(["-I", str(ROOT / "tests/addon/stand_in.py")])
    os.environ["STAND_IN_PAUSE"] = "0.01"


def artists_mesh():
    """A body and an eye, both selected, as an artist's file may have them."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    body = creature()
    bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8, radius=0.06, location=(0.1, -1.0, 1.5))
    eye = bpy.context.object
    eye.name = "Eye"
    select(body, eye)
    return body, eye


def everything(window, driver, out):
    """All of it; driver: the module that runs the test, with its `waiting`, `session`, `say`."""
    use_stand_in(driver)
    with bpy.context.temp_override(window=window.window, area=window.area):
        artists_mesh()
        bpy.context.scene.frame_end = 77
        settings = bpy.context.scene.zoetrope.animate
        settings.actions = ACTIONS
    window.frame((0.0, 0.0, 0.8), 6.0)
    window.hover_tab()
    yield 0.3
    window.click()
    yield from driver.waiting(
        lambda: bpy.context.scene.zoetrope.tab == "ANIMATE", "a click opens the tab Animate Selected", 20
    )
    push("Before Animate", window)
    yield 0.5
    yield from animate(window, driver, out)
    yield from cancel(window, driver)
    yield from own_rig(window, driver)
    yield from ask(window, driver, out)


def push(message, window):
    """An undo step, as every action of an artist makes one."""
    with bpy.context.temp_override(window=window.window):
        bpy.ops.ed.undo_push(message=message)


def state(driver):
    """What an artist sees of the meshes, and all data-blocks by name."""
    meshes = [bpy.data.objects[name] for name in ("Beast", "Eye")]
    seen = [
        (m.name, [x.name for x in m.modifiers], [g.name for g in m.vertex_groups], m.parent) for m in meshes
    ]
    armatures = sorted(block.name for block in bpy.data.armatures)
    return driver.datablocks(), seen, armatures, bpy.context.scene.frame_end


def press(window, driver):
    """Click the button; wait until the job runs."""
    window.hover_generate()
    yield 0.3
    window.click()
    yield from driver.waiting(
        lambda: driver.session().running() or driver.session().error, "a click on Animate starts a job", 20
    )
    assert driver.session().error is None, driver.session().error


def animate(window, driver, out):
    """Select, animate, look at it, undo, redo."""
    before = state(driver)
    points = world(bpy.data.objects["Beast"], base(bpy.data.objects["Beast"]))
    both = np.concatenate([points, world(bpy.data.objects["Eye"], base(bpy.data.objects["Eye"]))])
    began = time.monotonic()
    yield from press(window, driver)
    while driver.session().running() or driver.session().job is not None:
        if driver.session().job is not None and driver.session().job.stage == "retarget":
            window.screenshot(out / "animating.png")
        window.orbit(0.02)
        assert time.monotonic() - began < 60, "no animation after 60 s"
        yield 0.1
    assert driver.session().error is None, driver.session().error
    silent = driver.longest_gap(began)
    assert silent < 5.0, f"Blender did not respond for {silent:.1f} s"
    yield 0.5
    rig = bpy.context.view_layer.objects.active
    assert rig.type == "ARMATURE", "the armature is not active"
    assert window.window.screen.is_animation_playing, "the animation does not play"
    yield 1.0
    window.screenshot(out / "animated.png")
    window.stop_animation()
    yield 0.2
    truth = expected(both, "walk")
    for name, some in (("Beast", slice(0, len(points))), ("Eye", slice(len(points), None))):
        obj = bpy.data.objects[name]
        worst = max(float(np.abs(at(obj, 1 + i) - frame[some]).max()) for i, frame in enumerate(truth))
        assert worst < TOLERANCE, f"{name} is up to {worst:.2e} m from the result"
    bpy.context.scene.frame_set(1)
    yield 0.3
    after = [len(bpy.data.armatures), len(bpy.data.actions)]
    yield from undo(window, driver, before, "one undo removes the animation")
    window.press("ctrl+shift+z")
    yield from driver.waiting(
        lambda: [len(bpy.data.armatures), len(bpy.data.actions)] == after, "redo brings it back", 20
    )
    yield from undo(window, driver, before, "undo after redo removes it")
    driver.say(f"animated two objects in {time.monotonic() - began:.1f} s, one undo removes it")


def undo(window, driver, before, what):
    """Press Ctrl+Z over the view and wait until all is as before."""
    window.hover_view()
    yield 0.3
    window.press("ctrl+z")
    yield from driver.waiting(lambda: state(driver) == before, what, 20)


def cancel(window, driver):
    """Cancel in each job by Esc and by the button."""
    os.environ["STAND_IN_PAUSE"] = "0.1"
    driver.session().close()
    before = state(driver)
    for stage, how in (("guess", "Esc"), ("register", "button"), ("retarget", "Esc")):
        driver.runtime().get().keep_guess(None, None)  # it is analysed again
        yield from press(window, driver)
        yield from driver.waiting(
            lambda stage=stage: driver.session().job is not None and driver.session().job.stage == stage,
            f"stage {stage}",
            30,
        )
        folder = Path(driver.session().job.folder)
        window.hover_view() if how == "Esc" else window.hover_cancel()
        yield 0.3
        began = time.monotonic()
        window.press("Escape") if how == "Esc" else window.click()
        yield from driver.waiting(lambda: not driver.session().running(), "the job ends", 20)
        seconds = time.monotonic() - began
        assert seconds < 2.0, f"cancel by {how} took {seconds:.2f} s"
        yield 0.5
        assert driver.session().error is None
        assert state(driver) == before, "a cancelled animation leaves something"
        assert not folder.exists(), "a cancelled animation leaves its files"
        driver.say(f"animation cancelled by {how} in stage {stage}: {seconds:.2f} s")
    os.environ["STAND_IN_PAUSE"] = "0.01"
    driver.session().close()


def own_rig(window, driver):
    """Animate twice: the second time the keys land on the bones that are there by then."""
    for action in ("walk", "idle"):
        bpy.context.scene.zoetrope.animate.actions = {action}
        yield from press(window, driver)
        yield from driver.waiting(
            lambda action=action: f"Beast_{action}" in bpy.data.actions,
            f"{action} arrives",
            60,
        )
        yield 0.5
        window.stop_animation()
        yield 0.2
    (rig,) = (obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    assert rig.animation_data.action.name == "Beast_idle"
    assert [track.name for track in rig.animation_data.nla_tracks] == ["Beast_walk"]
    driver.say("the second animation is on the bones of the first")
    for _ in range(2):
        window.hover_view()
        yield 0.2
        window.press("ctrl+z")
        yield 1.0
    yield from driver.waiting(lambda: not bpy.data.armatures, "two undo steps remove both", 20)


def ask(window, driver, out):
    """An unsure guess is shown and asked; the arrow is turned, then it is animated."""
    os.environ["STAND_IN_ASK"] = "1"
    driver.session().close()
    runtime = driver.runtime().get()
    with bpy.context.temp_override(window=window.window):
        bpy.data.objects["Eye"].location.x += 0.001
        bpy.context.view_layer.update()
    before = driver.datablocks()
    yield from press(window, driver)
    yield from driver.waiting(lambda: runtime.to_confirm, "it asks", 60)
    yield 1.0
    assert driver.datablocks() == before
    window.screenshot(out / "ask.png")
    yield from turn_with_dial(window, driver)
    with bpy.context.temp_override(window=window.window):
        bpy.ops.zoetrope.turn_facing(angle=math.pi / 2)
    yield from window.redrawn()
    window.screenshot(out / "turned.png")
    yield from press(window, driver)
    yield from driver.waiting(lambda: bpy.data.armatures, "confirming animates it", 60)
    yield 0.5
    window.stop_animation()
    (rig,) = (obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    assert abs(json.loads(rig["zoetrope"])["request"]["facing"]) < 1e-4, "the turned arrow is what was sent"
    del os.environ["STAND_IN_ASK"]
    driver.say("an unsure guess is asked, and the turned arrow is what counts")


def turn_with_dial(window, driver):
    """Drag the dial by a tenth of a turn: the arrow follows the mouse; then turn it back."""
    settings = bpy.context.scene.zoetrope.animate
    before = settings.facing
    corners = [o.matrix_world @ Vector(c) for o in bpy.context.selected_objects for c in o.bound_box]
    low, high = (Vector(map(f, zip(*corners, strict=True))) for f in (min, max))
    middle = Vector((0.5 * (low.x + high.x), 0.5 * (low.y + high.y), low.z))
    arrow = sys.modules["bl_ext.user_default.zoetrope.core.own_mesh.arrow"]
    for start, angle in ((before, 0.6), (before + 0.6, -0.6)):
        radius = arrow.reach(np.array(low), np.array(high))
        ends = [middle + radius * Vector((math.sin(at), -math.cos(at), 0.0)) for at in (start, start + angle)]
        yield from window.redrawn()
        yield from window.drag(*ends)
        turn = (settings.facing - start + math.pi) % (2 * math.pi) - math.pi
        assert abs(turn - angle) < 0.15, f"dragged by {angle}, turned by {turn}"
        settings.facing = start + angle
    driver.say("the dial turns the arrow after the mouse")
