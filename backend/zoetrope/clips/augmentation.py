"""Body augmentation: new body shapes for an animated file, with the same motion.

Rest mesh and joint positions are deformed by one smooth, left-right symmetric map; joint rotations are kept,
translations scaled, inverse bind matrices recomputed.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.channel import Channel

BodyMap = Callable[[np.ndarray], np.ndarray]
"""Maps points (N, 3) in Blender's axes to points (N, 3)."""

HEAD, TAIL = (-0.38, -0.12), (0.42, 0.15)
"""Shares of the length, -0.5 at the nose and 0.5 at the tail: beyond the first the stretch is whole, it ends
at the second. Joints of the 16 training quadrupeds (5th to 95th percentile): heads -0.38 to -0.30, necks
-0.30 to -0.15, roots of tails 0.11 to 0.40."""
LEGS, TOP = (0.25, 0.5), (1.0, 0.72)
"""The same of the height, 0 at the ground. Joints: upper legs 0.40 to 0.55, necks 0.60 to 0.77, heads 0.74 to
0.92."""
TRUNK = 0.42
"""Share of the height above which the trunk rises or falls: that of the lowest upper legs."""


def _stretch(x: np.ndarray, start: float, end: float, factor: float) -> np.ndarray:
    """Scale coordinates (N,) below `start` by a factor, blending smoothly to no scaling at `end`.

    The integral of 1 + (factor - 1) (1 - smoothstep): smooth and monotonic.
    """
    u = np.clip((x - start) / (end - start), 0.0, 1.0)
    unscaled = (end - start) * (u**3 - 0.5 * u**4) + np.maximum(x - end, 0.0)
    return x + (factor - 1) * (x - start - unscaled)


@dataclass(frozen=True)
class AugmentedShape:
    """How a body differs from the one in the file; factors of 1 and logarithms of 0 are the identity.

    Only for augmented training data: weights that were trained on it refer to these bodies by their number.
    An artist's proportions are `bodies.maps.body_shape.BodyShape`.

    Parameters
    ----------
    axes : (3,)
        Scale along x, y, z.
    legs, front, back, top : float
        Scale of the lowest part, of head and neck, of the tail, of the highest part.
    swell : (3,)
        Logarithm of the width along the body, as coefficients of three cosines.
    rise : float
        Logarithm of the trunk's height at the front; its negative at the back.
    """

    axes: tuple[float, float, float]
    legs: float
    front: float
    back: float
    top: float
    swell: tuple[float, float, float]
    rise: float

    @classmethod
    def sample(cls, rng: np.random.Generator, strength: float = 1.0) -> "AugmentedShape":
        """Sample a body shape; training uses strength 1."""

        def factor(deviation: float, limit: float) -> float:
            return float(np.exp(np.clip(rng.normal(0, deviation * strength), -limit, limit)))

        axes = (factor(0.13, 0.28), factor(0.13, 0.28), factor(0.13, 0.28))
        swell = tuple(float(x) for x in rng.normal(0, 0.1 * strength, 3))
        return cls(
            axes,
            factor(0.20, 0.38),
            factor(0.18, 0.35),
            factor(0.22, 0.40),
            factor(0.18, 0.35),
            (swell[0], swell[1], swell[2]),
            float(rng.normal(0, 0.06 * strength)),
        )

    def map_for(self, rest: np.ndarray) -> BodyMap:
        """Return the map for a creature with this rest pose (V, 3), facing -Y."""
        low, high = rest.min(0).astype(np.float64), rest.max(0).astype(np.float64)
        middle, size = 0.5 * (low + high), high - low

        def body_map(points: np.ndarray) -> np.ndarray:
            y = (points[:, 1] - middle[1]) / size[1]  # -0.5 at the nose, 0.5 at the tail
            z = (points[:, 2] - low[2]) / size[2]  # 0 at the ground, 1 at the top
            along = np.pi * (y + 0.5)
            y = _stretch(y, *HEAD, self.front)
            y = -_stretch(-y, -TAIL[0], -TAIL[1], self.back)
            z = _stretch(z, *LEGS, self.legs)
            z = -_stretch(-z, -TOP[0], -TOP[1], self.top)
            z = z + np.maximum(z - TRUNK, 0.0) * (np.exp(self.rise * np.cos(along)) - 1)
            width = np.exp(sum(a * np.cos((k + 1) * along) for k, a in enumerate(self.swell)))
            deformed = np.stack([(points[:, 0] - middle[0]) * width, y * size[1], z * size[2]], axis=1)
            return deformed * self.axes

        return body_map


def apply_body_map(asset: AnimatedAsset, body_map: BodyMap) -> AnimatedAsset:
    """Deform an asset's rest mesh and joints; its clips keep their rotations.

    Animated translations are scaled relative to the rest pose: of a joint by the growth of its bone, of a
    root by that of the creature's height. Morph targets are mapped at full weight.
    """
    to_world = asset.to_world
    binds = asset.joint_binds
    new_binds = binds.copy()
    new_binds[:, :3, 3] = body_map(binds[:, :3, 3] @ to_world.T) @ to_world
    rest = asset.rest.astype(np.float64)
    deformed = body_map(rest)
    targets = np.array([body_map(rest + target @ to_world.T) - deformed for target in asset.targets])
    targets = targets.reshape(-1, *rest.shape) @ to_world
    growth = float(np.ptp(deformed[:, 2]) / np.ptp(rest[:, 2]))
    joint_of = {int(node): i for i, node in enumerate(asset.joints)}
    nodes = asset.node_matrices(asset.default)[0]
    offsets: dict[int, tuple[np.ndarray, np.ndarray, float]] = {}
    for node, i in joint_of.items():
        parent = int(asset.parents[node])
        if parent < 0:
            old_parent = new_parent = np.eye(4)
        elif parent in joint_of:
            old_parent, new_parent = binds[joint_of[parent]], new_binds[joint_of[parent]]
        else:
            old_parent = new_parent = nodes[parent]
        old = (np.linalg.inv(old_parent) @ binds[i])[:3, 3]
        new = (np.linalg.inv(new_parent) @ new_binds[i])[:3, 3]
        length = np.linalg.norm(old)
        bone = parent in joint_of and length > 1e-6
        scale = float(np.clip(np.linalg.norm(new) / length, 0.3, 3.0)) if bone else growth
        offsets[node] = (old, new, scale)

    translation = asset.default.translation.copy()
    for node, (old, new, scale) in offsets.items():
        translation[:, node] = new + scale * (translation[:, node] - old)

    def scale_translations(channel: Channel) -> Channel:
        if channel.path != "translation" or channel.node not in offsets:
            return channel
        old, new, scale = offsets[channel.node]
        if channel.interpolation != "CUBICSPLINE":
            return replace(channel, values=new + scale * (channel.values - old))
        values = scale * channel.values
        values[:, 1] += new - scale * old
        return replace(channel, values=values)

    return replace(
        asset,
        base=deformed @ to_world - np.tensordot(asset.target_weights, targets, 1),
        targets=targets,
        default=replace(asset.default, translation=translation),
        inverse_bind=np.linalg.inv(new_binds),
        animations={
            name: tuple(scale_translations(c) for c in channels)
            for name, channels in asset.animations.items()
        },
    )


def body_generator(file: str, index: int) -> np.random.Generator:
    """Return the random generator of one body of a file, for its shape first and its samples afterwards."""
    # a name that is not Unicode holds lone surrogates, which UTF-8 cannot encode
    return np.random.default_rng([zlib.crc32(file.encode("utf-8", "backslashreplace")), index])


def body_rest(file: str, rest: np.ndarray, index: int) -> np.ndarray:
    """Return the rest pose (V, 3) of one body of a file: index 0 is the original, others are augmented."""
    if not index:
        return rest
    return AugmentedShape.sample(body_generator(file, index)).map_for(rest)(rest)
