"""A four-legged creature rigged as animators do it, whose skeleton is known.

Its feet (inverse kinematics) hang on the root, it has pole targets, the body's control lies below its joints,
and left and right are exchanged. It is made of separate boxes, one a joint, and faces -Y.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial.transform import Rotation
from zoetrope.clips.animated_asset import TO_Z_UP, AnimatedAsset, Pose
from zoetrope.clips.channel import Channel

BOX_FACES = np.array(
    [
        *([0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4]),
        *([1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]),
    ]
)
KEYS = np.linspace(0.0, 1.0, 61)


@dataclass(frozen=True)
class Joint:
    """A joint of the file.

    head : where it is; end : the other end of the box that it moves, None for a joint without one.
    swing : angle about X in radians at each of KEYS.
    follows : joint whose end its head stays at (inverse kinematics: keyed in place, not a child).
    """

    name: str
    parent: str | None
    head: tuple[float, float, float]
    end: tuple[float, float, float] | None = None
    swing: np.ndarray = field(default_factory=lambda: np.zeros(len(KEYS)))
    follows: str | None = None


def walker() -> list[Joint]:
    """Return the joints of the creature; its files' left is the creature's right."""
    wave = np.sin(2 * np.pi * KEYS)
    joints = [
        Joint("root", None, (0.0, 0.0, 0.0)),
        Joint("Body", "root", (0.0, 0.0, 0.6), swing=0.1 * wave),
        Joint("Hips", "Body", (0.0, 0.4, 1.0), (0.0, 0.1, 1.0)),
        Joint("Torso", "Hips", (0.0, 0.1, 1.0), (0.0, -0.3, 1.0)),
        Joint("Shoulders", "Body", (0.0, -0.3, 1.0), (0.0, -0.5, 1.0), 0.2 * wave),
        Joint("Head", "Shoulders", (0.0, -0.5, 1.0), (0.0, -0.9, 1.1), 0.3 * wave),
        Joint("Back", "Body", (0.0, 0.4, 1.0), (0.0, 0.6, 1.0)),
        Joint("Tail1", "Back", (0.0, 0.6, 1.0), (0.0, 0.8, 0.9), 0.4 * wave),
    ]
    for word, y in (("Front", -0.3), ("Back", 0.4)):
        for side, x in (("R", 0.2), ("L", -0.2)):
            sign = 1.0 if (word == "Front") == (side == "R") else -1.0
            joints += [
                Joint(f"{word}UpLeg.{side}", "Body", (x, y, 0.9), (x, y, 0.5), 0.5 * sign * wave),
                Joint(
                    f"{word}LowLeg.{side}", f"{word}UpLeg.{side}", (x, y, 0.5), (x, y, 0.1), 0.3 * sign * wave
                ),
                Joint(
                    f"{word}Foot.{side}",
                    "root",
                    (x, y, 0.1),
                    (x, y - 0.15, 0.05),
                    0.1 * sign * wave,
                    f"{word}LowLeg.{side}",
                ),
                Joint(f"PoleTarget{word}.{side}", "root", (x, y - 2.0, 0.5), swing=wave),
            ]
    return joints


def asset(joints: list[Joint], extra_nodes: int = 0) -> AnimatedAsset:
    """Return the asset of a rig with one clip, `walk`."""
    place = {joint.name: i for i, joint in enumerate(joints)}
    parents = np.array([place.get(joint.parent or "", -1) for joint in joints] + [-1] * extra_nodes)
    heads = np.array([joint.head for joint in joints])
    world = _world(joints, place)
    boxes, owners = [], []
    for i, joint in enumerate(joints):
        if joint.end is not None:
            boxes.append(_box(np.array(joint.head), np.array(joint.end)))
            owners += 8 * [i]
    base = np.concatenate(boxes) @ TO_Z_UP
    faces = np.concatenate([BOX_FACES + 8 * i for i in range(len(boxes))]).astype(np.int32)
    weights = np.eye(len(joints))[owners]
    local, channels = np.zeros((1, len(joints) + extra_nodes, 3)), []
    for i, joint in enumerate(joints):
        above = parents[i]
        local[0, i] = (heads[i] - (heads[above] if above >= 0 else 0.0)) @ TO_Z_UP
        turn = Rotation.from_matrix(
            np.swapaxes(world[above][:, :3, :3], 1, 2) @ world[i][:, :3, :3]
            if above >= 0
            else world[i][:, :3, :3]
        )
        # A turn about X is the same in the file's axes.
        channels.append(Channel(i, "rotation", KEYS, turn.as_quat(), "LINEAR"))
        shift = world[i][:, :3, 3]
        if above >= 0:
            shift = np.einsum("tba,tb->ta", world[above][:, :3, :3], shift - world[above][:, :3, 3])
        if joint.follows:
            channels.append(Channel(i, "translation", KEYS, shift @ TO_Z_UP, "LINEAR"))
    count = len(joints) + extra_nodes
    rest_rotation = np.tile([0.0, 0.0, 0.0, 1.0], (1, count, 1))
    binds = np.tile(np.eye(4), (len(joints), 1, 1))
    binds[:, :3, 3] = heads @ TO_Z_UP
    return AnimatedAsset(
        source="rig",
        faces=faces,
        base=base,
        face_colours=np.full((len(faces), 3), 0.5, np.float32),
        weights=weights,
        targets=np.zeros((0, len(base), 3)),
        target_weights=np.zeros(0),
        target_nodes=np.zeros(0, int),
        target_slots=np.zeros(0, int),
        parents=parents,
        order=np.arange(count),
        default=Pose(local, rest_rotation, np.ones((1, count, 3))),
        joints=np.arange(len(joints)),
        inverse_bind=np.linalg.inv(binds),
        animations={"walk": tuple(channels)},
        node_names=tuple(joint.name for joint in joints) + ("",) * extra_nodes,
    )


def with_second_skin(one: AnimatedAsset, name: str) -> AnimatedAsset:
    """Return the asset with a joint's box moved to a second skin that holds the same node again."""
    slot = one.node_names.index(name)
    weights = np.concatenate([one.weights, np.zeros((len(one.weights), 1))], axis=1)
    second = np.flatnonzero(weights[:, slot] > 0)[:4]
    weights[second, -1], weights[second, slot] = weights[second, slot], 0.0
    return replace(
        one,
        weights=weights,
        joints=np.append(one.joints, slot),
        inverse_bind=np.concatenate([one.inverse_bind, one.inverse_bind[slot : slot + 1]]),
    )


def with_weights(one: AnimatedAsset, changes: dict[str, float], to: str | None = None) -> AnimatedAsset:
    """Return the asset with shares of joints' weights given to another joint, or to none."""
    weights = one.weights.copy()
    for name, share in changes.items():
        slot = one.node_names.index(name)
        if to is not None:
            weights[:, one.node_names.index(to)] += share * weights[:, slot]
        weights[:, slot] *= 1.0 - share
    return replace(one, weights=weights)


def _world(joints: list[Joint], place: dict[str, int]) -> list[np.ndarray]:
    """Return each joint's matrices (T, 4, 4) in Blender's axes, its rest orientation being the identity."""
    out: list[np.ndarray] = []
    for joint in joints:
        turn = Rotation.from_euler("x", joint.swing[:, None]).as_matrix()
        matrices = np.tile(np.eye(4), (len(KEYS), 1, 1))
        on = place[joint.follows] if joint.follows else place.get(joint.parent or "", -1)
        if on >= 0:
            offset = np.array(joint.head) - np.array(joints[on].head)
            matrices[:, :3, :3] = out[on][:, :3, :3] @ turn
            matrices[:, :3, 3] = out[on][:, :3, :3] @ offset + out[on][:, :3, 3]
        else:
            matrices[:, :3, :3], matrices[:, :3, 3] = turn, joint.head
        out.append(matrices)
    return out


def _box(start: np.ndarray, end: np.ndarray, radius: float = 0.06) -> np.ndarray:
    """Return the corners (8, 3) of a box along a bone."""
    along = (end - start) / np.linalg.norm(end - start)
    side = np.array([1.0, 0.0, 0.0])
    up = np.cross(along, side)
    ring = radius * np.array([-side - up, side - up, side + up, -side + up])
    return np.concatenate([start + ring, end + ring])
