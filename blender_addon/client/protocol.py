"""The messages that the add-on sends and reads (docs/protocol.md). Standard library alone."""

import json

PROTOCOL = 1
CLIENT = "blender_addon 0.1.0"


def request(ident, method, params=None):
    """One request as a line of bytes."""
    message = {"jsonrpc": "2.0", "id": ident, "method": method, "params": params or {}}
    return (json.dumps(message, ensure_ascii=True) + "\n").encode("utf-8")


def hello():
    """Parameters of `hello`."""
    return {"protocol": PROTOCOL, "client": CLIENT}


def generate(
    job_folder,
    category,
    actions,
    seed,
    fps,
    detail,
    frames=None,
    height=None,
    palette=None,
    output="shape_keys",
    correctives=False,
    faces=None,
    texture=None,
    proportions=None,
    proportions_seed=None,
    morph=None,
    levels_of_detail=0,
    engine="",
):
    """Parameters of `generate`; the backend chooses frames, height and palette where they are None.

    faces: face budget, or None for the full surface; texture: texels a side, or None for vertex colours;
    levels_of_detail: coarser meshes beside it, 0 to 2; engine: one of those of `hello`, or "" for the usual.
    proportions: dict of factors; morph: dict of "other", a donor's name or a seed, and "amount".
    """
    return {
        "job_folder": str(job_folder),
        "category": category,
        "actions": list(actions),
        "seed": int(seed),
        "frames": frames,
        "fps": float(fps),
        "detail": int(detail),
        "height": height,
        "palette": palette,
        "output": output,
        "correctives": correctives,
        "faces": faces,
        "texture": texture,
        "proportions": proportions,
        "proportions_seed": proportions_seed,
        "morph": morph,
        "levels_of_detail": int(levels_of_detail),
        "engine": engine,
    }


def preview(
    job_folder,
    category,
    seed,
    palette=None,
    height=None,
    proportions=None,
    proportions_seed=None,
    morph=None,
):
    """Parameters of `preview`, as those of `generate`."""
    return {
        "job_folder": str(job_folder),
        "category": category,
        "seed": int(seed),
        "palette": palette,
        "height": height,
        "proportions": proportions,
        "proportions_seed": proportions_seed,
        "morph": morph,
    }


def analyse_mesh(job_folder, category=None, facing=None):
    """Parameters of `analyse_mesh`; the backend guesses kind and facing (degrees) where they are None."""
    return {"job_folder": str(job_folder), "category": category, "facing": facing}


def animate(
    job_folder,
    category,
    actions,
    seed,
    fps,
    facing,
    donor,
    rig,
    output,
    fallback,
    frames=None,
    bone_names=None,
):
    """Parameters of `animate`; bone_names: those of the bones in mesh.npz, with rig "own" alone."""
    params = {
        "job_folder": str(job_folder),
        "category": category,
        "actions": list(actions),
        "seed": int(seed),
        "facing": facing,
        "donor": donor,
        "fps": float(fps),
        "frames": frames,
        "rig": rig,
        "output": output,
        "fallback": bool(fallback),
    }
    return params if bone_names is None else {**params, "bone_names": list(bone_names)}


def decompose(job_folder, name, fps, bones=None, tolerance=None):
    """Parameters of `decompose`: a number of bones, or a tolerance in metres; name: of the action."""
    return {
        "job_folder": str(job_folder),
        "name": name,
        "fps": float(fps),
        "bones": bones,
        "tolerance": tolerance,
    }


def cancel(ident):
    """Parameters of `cancel`."""
    return {"id": ident}


def parse(line):
    """One line from the backend as a dict, or None when it is not a message of the protocol.

    A message has the members of its kind, of the right types: an answer `id` and the dict `result`; a failure
    `id` and the dict `error` with `message`; progress the dict `params`.
    """
    try:
        message = json.loads(line.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return None
    if message.get("method") == "progress":
        return message if _is_progress(message.get("params")) else None
    if isinstance(message.get("error"), dict):
        error = message["error"]
        valid = isinstance(error.get("message"), str) and isinstance(error.get("data", {}), dict)
        return message if valid else None
    return message if isinstance(message.get("result"), dict) and "id" in message else None


def _is_progress(params):
    return (
        isinstance(params, dict)
        and isinstance(params.get("stage"), str)
        and isinstance(params.get("fraction"), int | float)
        and "id" in params
    )


def engines(hello_result):
    """Names of the engines in an answer to `hello`; older backends have but one and do not say so."""
    found = hello_result.get("engines")
    return [str(name) for name in found] if isinstance(found, list) else []


def categories(hello_result):
    """Category -> (typical height in metres, actions) in an answer to `hello`; ValueError without any."""
    try:
        found = {
            str(c["name"]): (float(c["height"]), [str(a) for a in c["actions"]])
            for c in hello_result["categories"]
        }
    except (KeyError, TypeError) as error:
        raise ValueError("its answer to hello has no categories") from error
    if not found or not all(actions for _, actions in found.values()):
        raise ValueError("its answer to hello has no categories")
    return found
