"""A swatch of a textured creature, undone and redone by keys: there Blender keeps pixels in memory."""

import os

import bpy

RED = (0.85, 0.15, 0.1)


def state(name):
    """The coat's swatch, and the texture's first texel as Blender holds it in memory."""
    paint = bpy.data.objects[name].data.zoetrope_paint
    return [
        [round(c, 2) for c in colour] for colour in (paint.swatches[0].colour, paint.base_colour.pixels[:3])
    ]


def everything(window, driver, out):
    """Generate, change the coat's swatch, undo and redo it."""
    os.environ["STAND_IN_RESULT"] = str(driver.ROOT / "tests/addon/recorded_textured.npz")
    driver.session().close()
    driver.choose(tab="GENERATE", output="shape_keys", texture="1024")
    yield from window.redrawn()
    yield from driver.press_generate(window)
    yield from driver.waiting(lambda: not driver.session().running(), "a textured creature")
    yield 1.0
    window.stop_animation()
    yield 0.5
    name = bpy.context.view_layer.objects.active.name
    window.screenshot(out / "colours.png")
    before = state(name)
    assert before[0] == before[1], f"the first texel is not of the coat: {before}"
    bpy.data.objects[name].data.zoetrope_paint.swatches[0].colour = RED
    with bpy.context.temp_override(window=window.window):
        bpy.ops.ed.undo_push(message="Change Color")
    yield from window.redrawn()
    red = state(name)
    assert red == [list(RED)] * 2, red
    for keys, expected in (("ctrl+z", before), ("ctrl+shift+z", red), ("ctrl+z", before)):
        window.hover_view()
        yield 0.3
        window.press(keys)
        yield from driver.waiting(lambda wanted=expected: state(name) == wanted, f"{keys}: {expected}", 20)
    driver.say("a swatch repaints the texture; undo and redo follow")
