"""Runs inside Blender's real window: drives it as an artist does, with mouse and keys, and checks the result.

blender --python driver.py -- OUT real|stand-in PYTHON ZIP

A generator advanced by a timer: it yields the seconds to wait. Blender prints and swallows what a timer
raises, so every exception ends the process here, with status 1.
"""

import itertools
import json
import math
import os
import subprocess
import sys
import time
import traceback
import types
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = sys.argv[sys.argv.index("--") + 1 :]
OUT, MODE, PYTHON, ZIP = Path(ARGUMENTS[0]), *ARGUMENTS[1:]
MODULE = "bl_ext.user_default.zoetrope"
KINDS = ("objects", "meshes", "armatures", "materials", "actions", "collections", "shape_keys")
LIMIT = 240.0
DETAIL = os.environ.get("BLENDER_ZOETROPE_DETAIL", "64")  # the chroot passes BLENDER_* on
SETTINGS = {"category": "quadruped", "seed": 7, "detail": DETAIL}
NEAR = {"real": 0.01, "stand-in": 1e-4}
"""Mean distance of a skinned creature from the generated frames, as a share of its diagonal."""

sys.path.insert(0, str(ROOT / "tests/gui"))
import animate_selected  # noqa: E402
import body  # noqa: E402
import shape_keys_to_bones  # noqa: E402
import swatches  # noqa: E402
from window import Window  # noqa: E402

gaps = []


def say(text):
    """A line that tests/gui/inside.sh prints."""
    print("gui:", text, flush=True)


def heartbeat():
    """Called by Blender every 50 ms while it is responsive."""
    gaps.append(time.monotonic())
    return 0.05


def longest_gap(since):
    """Longest silence of the event loop since a moment, in seconds."""
    beats = [since, *(beat for beat in gaps if beat > since), time.monotonic()]
    return max(b - a for a, b in itertools.pairwise(beats))


def runtime():
    """The module of the installed add-on that reaches its state."""
    return sys.modules[f"{MODULE}.runtime"]


def session():
    """The installed add-on's session with the backend."""
    return runtime().get().session


def datablocks():
    """Names of all data-blocks of the kinds that a creature consists of."""
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in KINDS}


def vertices_at(obj, frame):
    """Evaluated vertices (V, 3) of an object at a frame, in its own space."""
    bpy.context.scene.frame_set(frame)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    out = np.empty(3 * len(evaluated.data.vertices), np.float32)
    evaluated.data.vertices.foreach_get("co", out)
    return out.reshape(-1, 3)


def waiting(condition, what, seconds=LIMIT):
    """Yield until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        yield 0.02


def install():
    """Install the zip as an artist does, and set the backend's Python."""
    bpy.ops.extensions.package_install_files(
        filepath=ZIP, repo="user_default", enable_on_install=True, overwrite=True
    )
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.backend_python = PYTHON
    if MODE == "stand-in":
        os.environ["ZOETROPE_BACKEND_ARGS"] = json.dumps(["-I", str(ROOT / "tests/addon/stand_in.py")])
        os.environ["STAND_IN_PAUSE"] = "0.1"


def choose(**settings):
    """Set the panel's fields."""
    target = bpy.context.scene.zoetrope
    for name, value in settings.items():
        setattr(target, name, value)


def expected(output):
    """The backend's own frames for the same request, by its command line; (T, V, 3) in metres."""
    if MODE == "stand-in":
        sys.path.insert(0, str(ROOT / "tests/addon"))
        import known_creature

        recorded = np.load(known_creature.RECORDED)
        if output == "shape_keys":
            return recorded["vertices"]
        return known_creature.skinned(recorded["rest"].astype(float), "walk", correctives=True)
    target = OUT / "expected.npz"
    fps = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
    options = [f"--{name}={value}" for name, value in {**SETTINGS, "fps": fps, "out": target}.items()]
    weights = runtime().installation().weights()
    command = [PYTHON, "-m", "zoetrope", "generate", *options, f"--weights={weights}", "--quiet"]
    subprocess.run(command, check=True, cwd="/")
    return np.load(target)["vertices"]


def press_generate(window):
    """Click the button; wait until the job runs."""
    window.hover_generate()
    yield 0.3
    window.click()
    yield from waiting(lambda: session().running() or session().error, "a click on Generate starts a job", 20)
    assert session().error is None, session().error


def test_generate(window):
    """Generate by a click: Blender stays responsive, every frame has the backend's vertices."""
    before, began = datablocks(), time.monotonic()
    yield from press_generate(window)
    shown, orbits = set(), 0
    while session().running():
        job = session().job
        shown.add((job.stage, round(job.fraction, 2)))
        if orbits == 10:
            window.screenshot(OUT / "running.png")
        orbits += 1
        window.orbit(0.02)
        if time.monotonic() - began > LIMIT:
            raise AssertionError(f"no creature after {LIMIT:.0f} s, last seen {job.stage}")
        yield 0.05
    assert session().error is None, f"{session().error}: {session().log_lines()}"
    seconds, silent = time.monotonic() - began, longest_gap(began)
    assert len(shown) > 3, f"the progress did not move: {shown}"
    assert silent < 5.0, f"Blender did not respond for {silent:.1f} s"
    yield 0.5
    obj = bpy.context.view_layer.objects.active
    assert obj is not None, "no object is active"
    assert obj.name not in before["objects"], "no new object is active"
    assert obj.type == "ARMATURE", "it has no armature"
    (obj,) = obj.children
    assert window.window.screen.is_animation_playing, "the animation does not play"
    for _ in range(12):  # whatever the direction that it is looked at from
        assert not window.outside(obj), f"the creature is not framed: {window.outside(obj)}"
        window.orbit(math.tau / 12)
        yield 0.1
    shown = "TEXTURE" if obj.data.uv_layers else "VERTEX"
    assert window.area.spaces.active.shading.color_type == shown, "solid shading does not show its colours"
    window.show(obj)
    yield 1.5
    window.screenshot(OUT / "creature.png")
    assert picture_range(OUT / "creature.png") > 0.2, "the screenshot has one colour only"
    window.stop_animation()
    yield 0.2
    truth, start = expected("armature"), bpy.context.scene.frame_start
    assert bpy.context.scene.frame_end - start + 1 >= len(truth)
    apart = [np.linalg.norm(vertices_at(obj, start + i) - v, axis=1) for i, v in enumerate(truth)]
    apart = float(np.mean(apart) / np.linalg.norm(np.ptp(truth[0], axis=0)))
    assert apart <= NEAR[MODE], f"the mesh is {apart:.2%} of its size from the backend's"
    say(
        f"generated in {seconds:.1f} s, longest silence {silent:.2f} s, {orbits} looks at the progress; "
        f"{len(truth)} frames, {truth.shape[1]} vertices, {len(obj.parent.data.bones)} bones, {apart:.2%} off"
    )
    bpy.context.scene.frame_set(start)
    yield 0.5
    window.hover_view()
    yield 0.3
    window.press("ctrl+z")
    yield from waiting(
        lambda: datablocks()["objects"] == before["objects"], "Ctrl+Z removes the creature", 20
    )
    assert datablocks() == before, "one undo leaves something of the creature behind"
    say("one undo removes it")


def test_cancel(window, how, stage):
    """Cancel in a stage: within two seconds, and nothing is left."""
    before = datablocks()
    yield from press_generate(window)
    job = session().job
    folder = Path(job.folder)
    yield from waiting(lambda: job.stage == stage or job.finished, f"stage {stage}")
    assert not job.finished, f"the job ended before its stage {stage}"
    window.hover_view() if how == "Esc" else window.hover_cancel()
    yield 0.3
    seen, began = job.stage, time.monotonic()
    window.press("Escape") if how == "Esc" else window.click()
    yield from waiting(lambda: not session().running(), "the job ends", 20)
    seconds = time.monotonic() - began
    assert session().error is None, session().error
    assert seconds < 2.0, f"cancel by {how} took {seconds:.2f} s"
    assert datablocks() == before, "a cancelled job leaves something"
    assert not folder.exists(), "a cancelled job leaves its files"
    yield 1.0
    assert session().job is None
    assert datablocks() == before, "a cancelled job added something later"
    say(f"cancelled by {how} in stage {seen}: {seconds:.2f} s")


def picture_range(path):
    """Largest difference of brightness between the picture's pixels, 0..1; the alpha aside."""
    image = bpy.data.images.load(str(path))
    pixels = np.empty(4 * image.size[0] * image.size[1], np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return float(np.ptp(pixels.reshape(-1, 4)[:, :3].mean(1)))


def everything():
    """The whole test."""
    yield 1.0
    say(f"Blender {bpy.app.version_string}, {MODE} backend")
    install()
    window = Window()
    window.open_tab("Zoetrope")
    yield from window.redrawn()
    window.open_tab("Zoetrope")
    yield from window.redrawn()
    window.screenshot(OUT / "panel.png")
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    choose(**SETTINGS)
    with bpy.context.temp_override(window=window.window):
        bpy.ops.ed.undo_push(message="Before Generate")
    yield 0.5
    yield from test_generate(window)
    # Enough cells that the surface takes a while to cancel in.
    choose(detail="256")
    for stage, how in itertools.product(("shape", "surface"), ("Esc", "button")):
        yield from test_cancel(window, how, stage)
    choose(**SETTINGS, output="shape_keys")
    before = datablocks()
    yield from press_generate(window)
    yield from waiting(lambda: not session().running(), "a creature after cancelled ones")
    assert datablocks() != before, "nothing is generated after a cancel"
    window.stop_animation()
    yield 0.2
    truth, start = expected("shape_keys"), bpy.context.scene.frame_start
    obj = bpy.context.view_layer.objects.active
    worst = max(float(np.abs(vertices_at(obj, start + i) - v).max()) for i, v in enumerate(truth))
    assert worst <= 1e-5, f"the mesh is up to {worst:.2e} m from the backend's"
    say(f"generates again after cancelling, with shape keys: worst {worst:.1e} m")
    yield from animate_selected.everything(window, types.SimpleNamespace(**globals()), OUT)
    yield from shape_keys_to_bones.everything(window, types.SimpleNamespace(**globals()), OUT)
    yield from body.everything(window, types.SimpleNamespace(**globals()), OUT)
    if MODE == "stand-in":  # a creature of known regions
        yield from swatches.everything(window, types.SimpleNamespace(**globals()), OUT)
    pid = session().backend_pid()
    bpy.ops.preferences.addon_disable(module=MODULE)
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists(), "the backend outlives the add-on"
    say("passed")


steps = everything()


def advance():
    """One step of the test; ends Blender after the last or at the first failure."""
    try:
        return next(steps)
    except StopIteration:
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        code = 1
        subprocess.run(["import", "-window", "root", str(OUT / "failed.png")], check=False)
    sys.stdout.flush()
    os._exit(code)


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(heartbeat, first_interval=0.5, persistent=True)
bpy.app.timers.register(advance, first_interval=1.0, persistent=True)
