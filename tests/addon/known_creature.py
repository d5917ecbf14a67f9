"""A generated creature of known motion: what the stand-in sends, the tests compare with. numpy alone."""

import json
from pathlib import Path

import known_motion
import numpy as np

RECORDED = Path(__file__).with_name("recorded.npz")
TEXTURED = Path(__file__).with_name("recorded_textured.npz")
"""A low-poly creature with UVs, textures and colour regions."""
PROPORTIONS = (
    *("width", "length", "height", "legs", "neck", "head", "tail"),
    *("arms", "chest", "belly", "hips", "trunk", "top"),
)
PAINT = ("uvs", "regions", "palette")


def palette(seed):
    """Colours (K, 3) of a palette's seed."""
    return np.random.default_rng(seed).random((8, 3)).astype(np.float32)


def save(path, recorded, request):
    """Write what `result` returns to a file."""
    arrays, meta = result(recorded, request)
    np.savez(path, **arrays, meta=np.array(json.dumps(meta)))


def proportions(request):
    """Factors of a request's proportions: those that are set times those of their seed."""
    factors = dict.fromkeys(PROPORTIONS, 1.0)
    if request.get("proportions_seed") is not None:
        sampled = np.random.default_rng(request["proportions_seed"]).uniform(0.8, 1.25, len(PROPORTIONS))
        factors = dict(zip(PROPORTIONS, sampled.tolist(), strict=True))
    set_ones = request.get("proportions") or {}
    return {name: factor * set_ones.get(name, 1.0) for name, factor in factors.items()}


def mapped(points, factors):
    """Points (..., 3) of a body with these proportions: legs change its height too."""
    scale = np.array([factors["width"], factors["length"], factors["height"] * factors["legs"]])
    return (points * scale).astype(np.float32)


def save_preview(path, recorded, request, regions=True):
    """Write the recorded creature at rest with the proportions of a request, as `preview` does."""
    factors = proportions(request)
    seed = request["seed"] if request["palette"] is None else request["palette"]
    found = {"palette": palette(seed)} if regions else {}
    np.savez(
        path,
        rest=mapped(recorded["rest"], factors),
        faces=recorded["faces"],
        colours=np.broadcast_to(palette(seed)[0], recorded["rest"].shape),
        **found,
    )


def result(recorded, request):
    """Arrays and header of result.npz for the recorded creature and the parameters of `generate`.

    The action "walk" is the recorded one where vertices alone are sent; all others, and all that bones do,
    are those of known_motion.py.
    """
    header = json.loads(str(recorded["meta"]))
    factors = proportions(request)
    changed = any(factor != 1.0 for factor in factors.values())
    if changed:
        moved = {name: mapped(recorded[name], factors) for name in ("rest", "vertices")}
        recorded = {**recorded, **moved}
        header = {**header, "meta": {**header["meta"], "proportions": factors}}
    rest = recorded["rest"].astype(float)
    own = {"rig": "donor", "category": "", "facing": 0.0, "output": "both"}
    rigged, meta = known_motion.result({"vertices": rest}, {**request, **own})
    arrays = {name: recorded[name] for name in ("faces", "rest", "colours", "token_shape")}
    if request.get("texture"):
        arrays |= {name: recorded[name] for name in recorded if name in PAINT or name.startswith("texture_")}
    else:
        arrays |= {name: recorded[name] for name in ("regions", "palette") if name in recorded}
    for number in range(1, request.get("levels_of_detail", 0) + 1):
        arrays |= level(arrays, number)
    armature, keys = request["output"] != "shape_keys", request["output"] != "armature"
    offsets = corrective_offsets(rest)
    actions = []
    for i, name in enumerate(request["actions"]):
        walk = name == "walk" and not armature
        if walk:
            vertices = recorded["vertices"]
        else:
            vertices = rigged[f"action_{i}_vertices"]
            lifts = onto_ground(vertices).astype(np.float32)
            vertices = vertices + lifts
        if armature:
            arrays[f"action_{i}_rotations"] = rigged[f"action_{i}_rotations"]
            arrays[f"action_{i}_translation"] = rigged[f"action_{i}_translation"] + lifts[:, 0]
        if armature and request["correctives"]:
            arrays[f"action_{i}_values"] = corrective_values(len(vertices))
        if keys:
            arrays[f"action_{i}_vertices"] = vertices
        arrays[f"action_{i}_boxes"] = np.stack([vertices.min(1), vertices.max(1)], 1).astype(np.float32)
        arrays[f"token_motion_{i}"] = recorded["token_motion"]
        cyclic = header["cyclic"] if walk else known_motion.LOOPS[name]
        actions.append({"name": name, "cyclic": cyclic, "frames": request["frames"] or len(vertices)})
        actions[-1]["travel_speed"] = header["travel_speed"]
    if armature:
        arrays |= {name: rigged[name] for name in rigged if name.startswith(("joint_", "weight_"))}
    if armature and request["correctives"]:
        arrays["correctives"] = offsets
    kept = {"category": header["category"], "seed": header["meta"]["seed"]}
    notes = {"notes": request.get("notes", ["The skeleton is near enough."] if armature else [])}
    names = {"joint_names": meta["joint_names"]} if armature else {}
    return arrays, {"kind": "creature", **header["meta"], **kept, **notes, **names, "actions": actions}


def level(arrays, number):
    """Arrays of a level of detail: the first half, or quarter, of the faces."""
    count = len(arrays["faces"]) >> number
    vertices, corners = np.unique(arrays["faces"][:count], return_inverse=True)
    made = {"vertices": vertices.astype(np.int64), "faces": corners.reshape(-1, 3).astype(np.int32)}
    if "uvs" in arrays:
        made["uvs"] = arrays["uvs"][:count]
    return {f"lod{number}_{name}": values for name, values in made.items()}


def corrective_offsets(rest):
    """Two correctives (2, V, 3) of a rest pose: a constant one, and one that bulges it."""
    middle = rest.mean(axis=0)
    shapes = [0.0 * rest + [0.0, 0.0, 0.01], 0.1 * (rest - middle)]
    return np.stack(shapes).astype(np.float32)


def corrective_values(count):
    """Their values (T, 2)."""
    return np.column_stack([np.ones(count), np.abs(np.sin(np.arange(count)))]).astype(np.float32)


def onto_ground(vertices):
    """What lifts (T, 1, 3) frames (T, V, 3) that sink below the ground onto it."""
    return np.maximum(0.0, -vertices[..., 2].min(axis=1))[:, None, None] * [0.0, 0.0, 1.0]


def skinned(rest, action, correctives=False):
    """Vertices (T, V, 3) of a known action on a creature's skeleton, on the ground without correctives."""
    lifts = onto_ground(_skinned(rest, action))
    return _skinned(rest, action, correctives) + lifts


def _skinned(rest, action, correctives=False):
    heads, _, _ = known_motion.joints(rest)
    size = float(np.ptp(rest, axis=0).max())
    rotations, translation = known_motion.motion(action, len(known_motion.NAMES), size)
    moved = known_motion.places(heads, known_motion.PARENTS, rotations, translation)
    joints, values = known_motion.weights(rest)
    shapes = np.repeat(rest[None], len(rotations), axis=0)
    if correctives:
        shapes = shapes + np.einsum(
            "tk,kvc->tvc", corrective_values(len(rotations)), corrective_offsets(rest)
        )
    frames = [
        known_motion.skinned(shape, heads, joints, values.astype(float), rotations[[i]], moved[[i]])[0]
        for i, shape in enumerate(shapes)
    ]
    return np.stack(frames)
