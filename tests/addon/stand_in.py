"""A stand-in for the backend: the real protocol, a recorded creature and known motions (numpy).

Environment variables choose its behaviour.
STAND_IN_MODE: ok | crash, hang (in the middle of a job) | mute (never answers hello) | garbage (among the
messages) | protocol (another version) | stranger (no categories in its answer to hello) | error | late (a
result after its cancel) | damaged (a result that is no archive) | bad_mesh (no animation of this mesh) |
no_skeleton (a creature with shape keys in place of an armature) |
stretched (shape keys in place of an armature) | no_regions (weights without colour regions).
STAND_IN_ASK: not empty: kind and facing of a mesh are uncertain.
STAND_IN_KEEP: a file that mesh.npz is copied to, its request beside it as .json.
STAND_IN_PAUSE: seconds a step (20 a stage).
A preview of a morph of more than 0.5 is refused.
STAND_IN_RESULT: result file in place of the recorded one.
"""

import importlib
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

RESULT = Path(os.environ.get("STAND_IN_RESULT") or Path(__file__).with_name("recorded.npz"))
MODE = os.environ.get("STAND_IN_MODE", "ok")
ASK = os.environ.get("STAND_IN_ASK", "")
PAUSE = float(os.environ.get("STAND_IN_PAUSE", "0"))
NO_SKELETON = "This creature has shape keys instead of an armature. No donor fits it."
GARBAGE = (
    b"\x00\xff this is no message",
    b"[]",
    b"42",
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "2.0", "method": "progress"}',
    b'{"jsonrpc": "2.0", "method": "progress", "params": {"id": 2, "stage": 5, "fraction": "x"}}',
    b'{"jsonrpc": "2.0", "id": 2, "result": 7}',
    b'{"jsonrpc": "2.0", "id": 2, "error": "no"}',
    b'{"jsonrpc": "2.0", "id": 999, "result": {}}',
    b"[" * 100_000,
)
cancelled = set()
lock = threading.Lock()


def send(**message):
    with lock:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def fail(ident, code, kind, message, remedy=""):
    send(id=ident, error={"code": code, "message": message, "data": {"kind": kind, "remedy": remedy}})


def hello(ident):
    send(
        id=ident,
        result={
            "protocol": 99 if MODE == "protocol" else 1,
            "package": "0.1.0",
            "device": "cpu",
            "device_name": "CPU",
            "engine": "stand-in",
            "weights": {"name": "none", "checksum": "", "parameters": 0},
            "categories": [{}]
            if MODE == "stranger"
            else [
                {"name": "quadruped", "actions": ["walk", "run", "idle", "attack"], "height": 1.0},
                {"name": "dinosaur", "actions": ["walk"], "height": 3.0},
            ],
            "details": [64, 96, 128, 192, 256],
            "pid": os.getpid(),
            "engines": ["stand-in", "hyperdiffusion"] if MODE == "engines" else ["stand-in"],
        },
    )


def work(ident, params, stages):
    """Go through the stages; returns whether the job is to be finished."""
    began = time.monotonic()
    for i, stage in enumerate(stages):
        for step in range(20):
            if ident in cancelled and MODE not in ("late", "hang"):
                shutil.rmtree(params["job_folder"], ignore_errors=True)
                fail(ident, -32001, "cancelled", "The job was cancelled.")
                return False
            time.sleep(PAUSE)
            send(
                method="progress",
                params={
                    "id": ident,
                    "stage": stage,
                    "step": step + 1,
                    "total": 20,
                    "seconds": time.monotonic() - began,
                    "fraction": (i + (step + 1) / 20) / len(stages),
                },
            )
        if MODE == "crash":
            print("the stand-in crashes on purpose", file=sys.stderr, flush=True)
            os._exit(3)
        if MODE == "hang":
            time.sleep(3600)
        if MODE == "error":
            fail(ident, -32006, "out_of_memory", "There is not enough memory.", "Choose a lower detail.")
            return False
    return True


def neighbour(name):
    """A module beside this file; Python was started without the script's folder in its path."""
    sys.path.insert(0, str(Path(__file__).parent))
    return importlib.import_module(name)


def generate(ident, params):
    if not work(ident, params, ("shape", "surface")):
        return
    target = Path(params["job_folder"]) / "result.npz"
    if MODE == "damaged":
        target.write_bytes(b"not an archive")
    elif params["output"] == "mesh_frames":
        shutil.copyfile(RESULT, target)
    else:
        known_creature = neighbour("known_creature")
        if MODE == "no_skeleton":
            params = {**params, "output": "shape_keys", "notes": [NO_SKELETON]}
        with known_creature.np.load(RESULT, allow_pickle=False) as recorded:
            known_creature.save(target, dict(recorded), params)
    send(
        id=ident,
        result={"file": str(target), "vertices": 0, "faces": 0, "frames": 0, "stages": {}, "seconds": 0.0},
    )


def preview(ident, params):
    morph = params["morph"]
    if morph is not None and morph["amount"] > 0.5:
        text = "The body is too unlike the Fox for a morph of 0.6."
        fail(ident, -32003, "bad_option", text, "It may be up to 0.5.")
        return
    if not work(ident, params, ("shape",)):
        return
    known_creature = neighbour("known_creature")
    target = Path(params["job_folder"]) / "result.npz"
    if MODE == "damaged":
        target.write_bytes(b"not an archive")
    else:
        with known_creature.np.load(RESULT, allow_pickle=False) as recorded:
            known_creature.save_preview(target, dict(recorded), params, regions=MODE != "no_regions")
    send(id=ident, result={"file": str(target), "vertices": 0, "faces": 0, "seconds": 0.0})


def analyse_mesh(ident, params):
    if not work(ident, params, ("intake", "guess")):
        return
    if MODE == "bad_mesh":
        text = "This is not a creature: no kind fits it."
        fail(ident, -32011, "bad_mesh", text, "Choose its kind, or another mesh.")
        return
    facing = params["facing"]
    result = {
        "category": params["category"] or "quadruped",
        "facing": 90.0 * bool(ASK) if facing is None else facing,
        "confidence": 0.55 if ASK else 0.9,
        "ask": bool(ASK),
        "categories": [["quadruped", 0.9], ["dinosaur", 0.1]],
        "donors": [
            {"name": "fox", "title": "Fox", "cost": 0.01, "distortion": 0.1},
            {"name": "wolf", "title": "Wolf", "cost": 0.02, "distortion": 0.2},
        ],
        "vertices": 0,
        "faces": 0,
        "parts": 1,
        "warnings": [],
    }
    send(id=ident, result=result)


def animate(ident, params):
    if not work(ident, params, ("intake", "register", "motion", "retarget")):
        return
    import numpy as np

    folder = Path(params["job_folder"])
    target = folder / "result.npz"
    if MODE == "damaged":
        target.write_bytes(b"not an archive")
    else:
        with np.load(folder / "mesh.npz", allow_pickle=False) as mesh:
            if MODE == "stretched" and params["fallback"]:
                params = {**params, "output": "shape_keys"}
            arrays, meta = neighbour("known_motion").result(dict(mesh), params)
        if os.environ.get("STAND_IN_KEEP"):
            shutil.copy(folder / "mesh.npz", os.environ["STAND_IN_KEEP"])
            Path(os.environ["STAND_IN_KEEP"]).with_suffix(".json").write_text(json.dumps(params))
        np.savez(target, **arrays, meta=np.array(json.dumps(meta)))
    send(id=ident, result={"file": str(target), "actions": [], "seconds": {"retarget": 0.1}, "warnings": []})


def decompose(ident, params):
    if not work(ident, params, ("intake", "decompose", "skeleton")):
        return
    import numpy as np

    folder = Path(params["job_folder"])
    target = folder / "result.npz"
    if MODE == "damaged":
        target.write_bytes(b"not an archive")
    else:
        with np.load(folder / "mesh.npz", allow_pickle=False) as mesh:
            arrays, meta = neighbour("known_decomposition").result(
                mesh["vertices"], np.load(folder / "frames.npy"), params
            )
        np.savez(target, **arrays, meta=np.array(json.dumps(meta)))
    send(id=ident, result={"file": str(target), "bones": 1})


METHODS = {
    "generate": generate,
    "preview": preview,
    "analyse_mesh": analyse_mesh,
    "animate": animate,
    "decompose": decompose,
}

for line in sys.stdin:
    message = json.loads(line)
    ident, method, params = message["id"], message["method"], message["params"]
    if MODE == "garbage":
        for line in GARBAGE:
            sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
    if method == "hello":
        if MODE != "mute":
            hello(ident)
    elif method in METHODS:
        threading.Thread(target=METHODS[method], args=(ident, params), daemon=True).start()
    elif method == "cancel":
        cancelled.add(params["id"])
        send(id=ident, result={"cancelled": True})
    else:
        send(id=ident, result={})
        if method == "shutdown":
            break
os._exit(0)
