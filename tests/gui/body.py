"""The preview of a body: a slider is dragged in the panel, and the 3D Viewport follows meanwhile."""

import shutil
import time

import bpy
import numpy as np

ROW = 8
"""Pixels between two places at which a field is looked for."""
HEADER = 32
"""Pixels from the last field of a panel to the header of a sub-panel."""


def open_sub_panel(window):
    """Click on the header of the sub-panel Body, which is below the last field of Generate."""
    yield from hover_field(window, "placement")
    window.move(0, HEADER)
    yield 0.2
    window.click()
    yield from window.redrawn()


def hover_field(window, name):
    """Move the mouse to the field of a property in the sidebar: Blender tells which one is under it."""
    manager, region = bpy.context.window_manager, window.region("UI")
    for y in range(region.height - 10, 10, -ROW):
        manager.clipboard = ""
        window.hover_sidebar(0.7, y)
        yield 0.05
        window.press("ctrl+shift+c")
        yield 0.1
        if manager.clipboard.endswith(name):
            return
    raise AssertionError(f"no field {name} in the sidebar")


def points(obj):
    """Vertices (V, 3) of an object's mesh."""
    values = np.empty(3 * len(obj.data.vertices), np.float32)
    obj.data.vertices.foreach_get("co", values)
    return values.reshape(-1, 3)


def preview_object():
    """The preview in the scene, or None."""
    return next((obj for obj in bpy.context.scene.objects if "zoetrope_preview" in obj), None)


def everything(window, driver, out):
    """Turn the preview on, drag a slider, look, undo it, generate."""
    driver.choose(tab="GENERATE", seed=7)
    live, factors = driver.runtime().get().preview, bpy.context.scene.zoetrope.proportions
    for obj in list(bpy.context.scene.objects):
        obj.hide_set(True)
    with bpy.context.temp_override(window=window.window):
        bpy.ops.ed.undo_push(message="Before Preview")  # undo would go back to the tab of before
    yield from window.redrawn()
    began = time.monotonic()
    with bpy.context.temp_override(window=window.window, area=window.area, region=window.region("UI")):
        bpy.ops.zoetrope.preview()
    yield from driver.waiting(lambda: live.up_to_date or not live.on, "a preview")
    assert live.on, live.error
    first = time.monotonic() - began
    yield 0.3
    obj = preview_object()
    window.frame(obj.matrix_world.translation + type(obj.location)((0, 0, 0.5)), 4.0)
    yield from window.redrawn()
    yield from open_sub_panel(window)
    window.scroll(-30)  # to the end of the panel
    yield 0.5
    window.screenshot(out / "preview.png")
    yield from hover_field(window, "proportions.legs")
    before, began, seen = points(obj), time.monotonic(), set()
    moved = window.drag_by(60, steps=30)
    for seconds in moved:
        yield seconds
        if window.held:
            seen.add(points(obj).tobytes())
    assert factors.legs != 1.0, "the slider did not move"
    silent = driver.longest_gap(began)
    yield from driver.waiting(lambda: live.up_to_date, "the last state")
    assert live.shown["proportions"] == {"legs": live.shown["proportions"]["legs"]}
    assert abs(live.shown["proportions"]["legs"] - factors.legs) < 1e-6
    assert not np.allclose(points(obj), before), "the preview did not follow"
    assert len(seen) > 2, "the preview did not follow while the mouse was held"
    yield from window.redrawn()
    window.screenshot(out / "preview_dragged.png")
    driver.say(
        f"preview: first body {first:.1f} s, {len(seen)} bodies during one drag of a slider, "
        f"longest silence {silent:.2f} s"
    )
    window.hover_view()
    yield 0.3
    window.press("ctrl+z")
    yield from driver.waiting(lambda: bpy.context.scene.zoetrope.proportions.legs == 1.0, "one undo", 20)
    yield from driver.waiting(lambda: live.up_to_date and preview_object() is not None, "it follows undo", 30)
    assert np.allclose(points(preview_object()), before, atol=1e-6), "the body of before"
    assert sum("zoetrope_preview" in obj for obj in bpy.data.objects) == 1
    path = str(out / "preview.blend")
    with bpy.context.temp_override(window=window.window):
        bpy.ops.wm.save_as_mainfile(filepath=path)
    yield from driver.waiting(lambda: preview_object() is not None, "it is shown again after saving", 10)
    copied = shutil.copy(path, out / "preview_copied.blend")  # newer Blenders do not read their own open file
    with bpy.data.libraries.load(str(copied)) as (held, _):
        assert not any("Preview" in name for name in (*held.objects, *held.meshes, *held.images)), (
            held.objects
        )
    yield 0.5
    assert not bpy.data.is_dirty, "showing it again makes a saved file look unsaved"
    with bpy.context.temp_override(window=window.window):
        bpy.ops.zoetrope.preview()
    window.hover_sidebar(0.7, 300)
    window.scroll(60)
    yield from window.redrawn()
    assert preview_object() is None
    assert not any("zoetrope_preview" in block for block in (*bpy.data.meshes, *bpy.data.images))
