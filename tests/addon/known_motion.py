"""A small exact animation of any mesh: what the stand-in sends and the tests compare with. numpy alone."""

import numpy as np

NAMES = ["root", "hips", "head", "leg.L", "leg.R"]
PARENTS = np.array([-1, 0, 1, 1, 1], np.int32)
FRAMES = {"walk": 12, "idle": 9, "run": 7, "attack": 5}
LOOPS = {"walk": True, "idle": True, "run": True, "attack": False}


def joints(vertices):
    """Heads, tails and z axes (5, 3) for a mesh that faces -Y."""
    low, high = vertices.min(0).astype(float), vertices.max(0).astype(float)
    x, y, z = (low + high) / 2
    width, depth, height = high - low
    heads = np.array(
        [
            (x, y, low[2]),
            (x, y, z),
            (x, y - depth / 4, z + height / 8),
            (x + width / 4, y, z),
            (x - width / 4, y + depth / 8, z),
        ]
    )
    tails = heads + np.array(
        [
            (0, -depth / 4, 0),
            (0, -depth / 8, height / 8),
            (0.1 * width, -depth / 4, 0.2 * height),
            (0.05 * width, 0, -height / 2),
            (0, 0.1 * depth, -height / 2),
        ]
    )
    along = tails - heads
    z_axes = np.cross(along, np.cross([0.3, 0.1, 1.0], along))
    return heads, tails, z_axes / np.linalg.norm(z_axes, axis=1, keepdims=True)


def weights(vertices):
    """Joints (V, 4) and values (V, 4): hips and head by Y, the legs below, by X."""
    heads, _, _ = joints(vertices)
    low, high = vertices.min(0), vertices.max(0)
    size = np.maximum(high - low, 1e-9)
    front = np.clip((heads[1, 1] - vertices[:, 1]) / size[1] * 2, 0, 1)
    down = np.clip((heads[1, 2] - vertices[:, 2]) / size[2] * 2, 0, 1)
    left = np.clip(0.5 + (vertices[:, 0] - heads[1, 0]) / size[0], 0, 1)
    values = np.stack([(1 - front) * (1 - down), front * (1 - down), down * left, down * (1 - left)], 1)
    return np.tile(np.array([1, 2, 3, 4], np.int32), (len(vertices), 1)), values.astype(np.float32)


def motion(name, count, size):
    """World rotations (T, count, 4) and translation (T, 3) of a named action; the root is still."""
    frames = FRAMES[name]
    phase = 2 * np.pi * np.arange(frames) / frames
    rotations = np.zeros((frames, count, 4))
    rotations[..., 0] = 1.0
    for joint in range(1, count):
        axis = np.array([np.cos(joint), np.sin(2.0 * joint), 0.5])
        axis /= np.linalg.norm(axis)
        angle = (0.3 + 0.2 * joint) * np.sin(phase + joint) + 0.1 * len(name)
        rotations[:, joint, 0] = np.cos(angle / 2)
        rotations[:, joint, 1:] = np.sin(angle / 2)[:, None] * axis
    rotations *= np.where(np.arange(frames) % 2, -1.0, 1.0)[:, None, None]  # the sign means nothing
    translation = 0.1 * size * np.stack([np.sin(phase), 0.5 * np.cos(phase), np.abs(np.sin(phase))], 1)
    return rotations, translation


def places(heads, parents, rotations, translation):
    """Heads (T, J, 3) of joints that keep their distances; the translation moves the second joint."""
    out = np.zeros((len(rotations), len(heads), 3))
    for joint, parent in enumerate(parents):
        out[:, joint] = heads[joint]
        if parent >= 0:
            out[:, joint] = out[:, parent] + rotate(rotations[:, parent], heads[joint] - heads[parent])
        if joint == 1:
            out[:, joint] += translation
    return out


def rotate(q, points):
    """Points (..., 3) rotated by quaternions (..., 4) that are w, x, y, z."""
    w, v = q[..., :1], q[..., 1:]
    points = np.broadcast_to(points, np.broadcast_shapes(v.shape, np.shape(points)))
    return points + 2 * np.cross(v, np.cross(v, points) + w * points)


def skinned(vertices, heads, weight_joints, weight_values, rotations, moved):
    """Linear blend skinning: vertices (T, V, 3) for heads that moved to (T, J, 3)."""
    out = np.zeros((len(rotations), *vertices.shape))
    for k in range(weight_joints.shape[1]):
        joint = weight_joints[:, k]
        turned = rotate(rotations[:, joint], vertices - heads[joint]) + moved[:, joint]
        out += weight_values[:, k, None] * turned
    return out


def result(mesh, request):
    """Arrays and header of result.npz for the arrays of mesh.npz and the parameters of `animate`."""
    vertices = mesh["vertices"].astype(float)
    size = float(np.ptp(vertices, axis=0).max())
    own = request["rig"] == "own"
    if own:
        names, parents = request["bone_names"], mesh["bone_parents"]
        heads, tails, z_axes = mesh["bone_heads"], mesh["bone_tails"], mesh["bone_z_axes"]
    else:
        names, parents = NAMES, PARENTS
        heads, tails, z_axes = joints(vertices)
    arrays = {"joint_parents": parents}
    arrays |= {"joint_heads": heads, "joint_tails": tails, "joint_z_axes": z_axes}
    weight_joints, weight_values = weights(vertices)
    if not own:
        arrays |= {"weight_joints": weight_joints, "weight_values": weight_values}
    actions = []
    for i, name in enumerate(request["actions"]):
        rotations, translation = motion(name, len(names), size)
        moved = places(heads.astype(float), parents, rotations, translation)
        arrays[f"action_{i}_rotations"] = rotations
        if own:
            arrays[f"action_{i}_translations"] = moved - heads
        else:
            arrays[f"action_{i}_translation"] = translation
        if request["output"] != "armature":
            arrays[f"action_{i}_vertices"] = skinned(
                vertices, heads, weight_joints, weight_values, rotations, moved
            )
        actions.append({"name": name, "cyclic": LOOPS[name], "fps": request["fps"], "travel_speed": 1.0})
    floats = {name: array.astype(np.float32) for name, array in arrays.items() if array.dtype == float}
    meta = {"kind": "animated_mesh", "joint_names": list(names), "category": request["category"]}
    meta |= {"facing": request["facing"], "seed": request["seed"], "warnings": [], "actions": actions}
    meta["output"] = "armature" if own else request["output"]
    meta |= {"donor": {"name": "fox", "title": "Fox", "author": "A", "licence": "CC0"}}
    return {**arrays, **floats}, meta
