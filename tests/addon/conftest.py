"""Each test starts in a fresh Blender file with the add-on registered; the backend is a stand-in."""

import functools
import json
import os
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = ROOT / "tests/addon/stand_in.py"
sys.path.insert(0, str(ROOT))
# The settings of this Blender's user stay untouched.
os.environ.setdefault("BLENDER_USER_RESOURCES", str(ROOT / ".cache/blender_user"))

import known_creature  # noqa: E402
import known_mesh_frames  # noqa: E402

import blender_addon  # noqa: E402
from blender_addon import runtime  # noqa: E402
from blender_addon.core.result import Result  # noqa: E402
from blender_addon.scene import creatures  # noqa: E402

starts_blender = pytest.mark.skipif(
    bool(bpy.app.binary_path), reason="starts Blender as a Python module, and this one is a program"
)


def _recorded():
    request = {"actions": ["walk"], "output": "shape_keys", "seed": 5, "fps": 24.0}
    with np.load(known_creature.RECORDED) as data, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.npz"
        known_creature.save(path, dict(data), {**request, "frames": None, "correctives": False})
        return Result(path)


RECORDED = _recorded()
"""The recorded creature, as the stand-in sends it with shape keys."""
FRAMES = RECORDED.actions[0].vertices


@pytest.fixture(autouse=True)
def addon(monkeypatch):
    """The add-on, registered in a factory-fresh file; no backend may outlive the test.

    The weights sample no proportions, whatever the repository's do: sliders alone change the stand-in's body.
    """
    monkeypatch.setattr("blender_addon.properties.creature.strengths", dict)
    monkeypatch.setenv("ZOETROPE_BACKEND_PYTHON", sys.executable)
    monkeypatch.setenv("ZOETROPE_BACKEND_ARGS", json.dumps(["-I", str(STAND_IN)]))
    for name in [name for name in os.environ if name.startswith("STAND_IN_")] + ["ZOETROPE_WEIGHTS"]:
        monkeypatch.delenv(name, raising=False)
    bpy.ops.wm.read_factory_settings()
    blender_addon.register()
    yield blender_addon
    session = runtime.get().session
    blender_addon.unregister()
    assert session.backend_pid() is None


@pytest.fixture
def session(addon):
    """The add-on's session with the backend."""
    return runtime.get().session


@pytest.fixture
def settings():
    """The scene's settings."""
    return bpy.context.scene.zoetrope


@pytest.fixture
def shape_keys(settings):
    """Creatures are moved by shape keys."""
    settings.output = "shape_keys"


@pytest.fixture(params=["armature", "shape_keys", "both"])
def any_output(request, settings):
    """What moves creatures; beside bones with correctives."""
    settings.output = request.param
    return request.param


@pytest.fixture(params=["armature", "shape_keys"])
def output(request, settings):
    """What moves creatures: each test runs with both, as far as bones alone show what is known."""
    settings.output, settings.correctives = request.param, False
    return request.param


@pytest.fixture
def textured_backend(monkeypatch):
    """The stand-in sends a low-poly creature with textures and colour regions."""
    monkeypatch.setenv("STAND_IN_RESULT", str(known_creature.TEXTURED))


@pytest.fixture
def two_engines(monkeypatch, tmp_path):
    """The stand-in has a second engine, whose weights do not say their categories; returns their folder."""
    monkeypatch.setenv("STAND_IN_MODE", "engines")
    folder = tmp_path / "weights/hyperdiffusion"
    folder.mkdir(parents=True)
    for where in (folder, folder.parent):
        (where / "checksums").write_text("")
    monkeypatch.setenv("ZOETROPE_WEIGHTS", str(folder.parent))
    return folder


@pytest.fixture
def made(tmp_path):
    """A function that adds known mesh frames to the scene."""
    return functools.partial(known_mesh_frames.add, tmp_path)


@pytest.fixture
def changed_result(monkeypatch, tmp_path):
    """A function that makes the stand-in send the recorded result with other arrays or header entries."""

    def change(header=None, **arrays):
        with np.load(STAND_IN.with_name("recorded.npz")) as data:
            content = {name: data[name] for name in data.files}
        meta = {**json.loads(str(content["meta"])), **(header or {})}
        path = tmp_path / "changed.npz"
        np.savez(path, **{**content, "meta": np.array(json.dumps(meta)), **arrays})
        monkeypatch.setenv("STAND_IN_RESULT", str(path))

    return change


def curves_of(action):
    """F-curves of an Action, with slots or without."""
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    return [curve for bag in action.layers[0].strips[0].channelbags for curve in bag.fcurves]


def creature_mesh(obj):
    """The mesh object of a creature, which its armature moves."""
    return creatures.creature_of(obj)


def vertices_at(obj, frame):
    """Evaluated vertices (V, 3) of an object at a frame, in its own space."""
    bpy.context.scene.frame_set(frame)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    out = np.empty(3 * len(evaluated.data.vertices), np.float32)
    evaluated.data.vertices.foreach_get("co", out)
    return out.reshape(-1, 3)


def generate_undo_redo(**settings):
    """Generate with settings of the panel; one undo removes everything, and redo brings it back."""
    for name, value in settings.items():
        setattr(bpy.context.scene.zoetrope, name, value)
    bpy.ops.ed.undo_push(message="before")
    before = datablocks()
    # True: with an undo step, as for an artist; scripts get none.
    assert bpy.ops.zoetrope.generate("EXEC_DEFAULT", True) == {"FINISHED"}
    after = datablocks()
    assert after != before
    bpy.ops.ed.undo()
    assert datablocks() == before
    bpy.ops.ed.redo()
    assert datablocks() == after


def datablocks():
    """Number of data-blocks of each kind that a creature consists of."""
    kinds = ("objects", "meshes", "armatures", "materials", "images", "actions", "collections", "shape_keys")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}
