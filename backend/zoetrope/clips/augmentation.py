"""Body augmentation: one animated file gives many bodies with the same true motion.

Rest mesh and joint positions are moved together by one smooth, left-right symmetric map; joint rotations
are kept, translations scaled, inverse binds rebuilt.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.gltf_animation import Channel

BodyMap = Callable[[np.ndarray], np.ndarray]


def _stretched(x: np.ndarray, start: float, end: float, factor: float) -> np.ndarray:
    """Scale coordinates (N,) below `start` by a factor, smoothly going over to no scale at `end`.

    The integral of 1 + (factor - 1) (1 - smoothstep), so it is smooth and never folds.
    """
    u = np.clip((x - start) / (end - start), 0.0, 1.0)
    kept = (end - start) * (u**3 - 0.5 * u**4) + np.maximum(x - end, 0.0)
    return x + (factor - 1) * (x - start - kept)


@dataclass(frozen=True)
class BodyShape:
    """How a body differs from the one in the file; factors of 1 and waves of 0 leave it as it is.

    Parameters
    ----------
    axes : (3,)
        Stretch along x, y, z.
    legs, front, back, top : float
        Stretch of the lowest part, of head and neck, of the tail, of the highest part.
    swell : (3,)
        Logarithm of the width along the body: three cosines.
    rise : float
        Logarithm of the height of the trunk, front against back.
    """

    axes: tuple[float, float, float]
    legs: float
    front: float
    back: float
    top: float
    swell: tuple[float, float, float]
    rise: float

    @classmethod
    def sample(cls, rng: np.random.Generator, strength: float = 1.0) -> "BodyShape":
        """Draw a body; strength 1 is what training uses."""

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
        """The map (N, 3) -> (N, 3) for a creature with this rest pose (V, 3), facing -Y."""
        low, high = rest.min(0).astype(np.float64), rest.max(0).astype(np.float64)
        middle, size = 0.5 * (low + high), high - low

        def body_map(points: np.ndarray) -> np.ndarray:
            y = (points[:, 1] - middle[1]) / size[1]  # -0.5 at the nose, 0.5 at the tail
            z = (points[:, 2] - low[2]) / size[2]  # 0 at the ground, 1 at the top
            along = np.pi * (y + 0.5)
            y = _stretched(y, -0.38, -0.12, self.front)
            y = -_stretched(-y, -0.42, -0.15, self.back)
            z = _stretched(z, 0.25, 0.5, self.legs)
            z = -_stretched(-z, -1.0, -0.72, self.top)
            z = z + np.maximum(z - 0.42, 0.0) * (np.exp(self.rise * np.cos(along)) - 1)
            wide = np.exp(sum(a * np.cos((k + 1) * along) for k, a in enumerate(self.swell)))
            moved = np.stack([(points[:, 0] - middle[0]) * wide, y * size[1], z * size[2]], axis=1)
            return moved * self.axes

        return body_map


def apply_body_map(asset: AnimatedAsset, body_map: BodyMap) -> AnimatedAsset:
    """Move an asset's rest mesh and joints by a map of Blender's axes; its clips go on working.

    A joint's translation keeps its offset from the rest pose, scaled by how much its bone grew; a root's by
    how much the creature's height did. A morph target's end goes where the map takes it.
    """
    turn = asset.to_world
    binds = asset.joint_binds
    new_binds = binds.copy()
    new_binds[:, :3, 3] = body_map(binds[:, :3, 3] @ turn.T) @ turn
    rest = asset.rest.astype(np.float64)
    moved = body_map(rest)
    to_rest = asset.bind[:3, :3].T @ turn.T
    targets = np.array([body_map(rest + target @ to_rest) - moved for target in asset.targets])
    targets = targets.reshape(-1, *rest.shape) @ turn
    growth = float(np.ptp(moved[:, 2]) / np.ptp(rest[:, 2]))
    place = {int(node): i for i, node in enumerate(asset.joints)}
    nodes = asset.globals(asset.default)[0]
    offsets: dict[int, tuple[np.ndarray, np.ndarray, float]] = {}
    for node, i in place.items():
        parent = int(asset.parents[node])
        if parent < 0:
            old_parent = new_parent = np.eye(4)
        elif parent in place:
            old_parent, new_parent = binds[place[parent]], new_binds[place[parent]]
        else:
            old_parent = new_parent = nodes[parent]
        old = (np.linalg.inv(old_parent) @ binds[i])[:3, 3]
        new = (np.linalg.inv(new_parent) @ new_binds[i])[:3, 3]
        length = np.linalg.norm(old)
        bone = parent in place and length > 1e-6
        scale = float(np.clip(np.linalg.norm(new) / length, 0.3, 3.0)) if bone else growth
        offsets[node] = (old, new, scale)

    translation = asset.default.translation.copy()
    for node, (old, new, scale) in offsets.items():
        translation[:, node] = new + scale * (translation[:, node] - old)

    def scaled(channel: Channel) -> Channel:
        if channel.path != "translation" or channel.node not in offsets:
            return channel
        old, new, scale = offsets[channel.node]
        if channel.interpolation != "CUBICSPLINE":
            return replace(channel, values=new + scale * (channel.values - old))
        values = scale * channel.values
        values[:, 1] += new - scale * old
        return replace(channel, values=values)

    # Every joint is bound where it now is, so the mesh's own space becomes the world's.
    return replace(
        asset,
        base=moved @ turn - np.tensordot(asset.target_weights, targets, 1),
        targets=targets,
        default=replace(asset.default, translation=translation),
        inverse_bind=np.linalg.inv(new_binds),
        bind=np.eye(4),
        animations={name: tuple(scaled(c) for c in channels) for name, channels in asset.animations.items()},
    )


def body_generator(file: str, number: int) -> np.random.Generator:
    """The generator that draws body `number` of a file first, and the body's samples after it."""
    return np.random.default_rng([zlib.crc32(file.encode()), number])


def body_rest(file: str, rest: np.ndarray, number: int) -> np.ndarray:
    """Rest pose (V, 3) of a file's body: number 0 as it is, others augmented as the preparation does."""
    return BodyShape.sample(body_generator(file, number)).map_for(rest)(rest) if number else rest


def augmented(asset: AnimatedAsset, rng: np.random.Generator, strength: float = 1.0) -> AnimatedAsset:
    """A random body of an asset."""
    return apply_body_map(asset, BodyShape.sample(rng, strength).map_for(asset.rest))
