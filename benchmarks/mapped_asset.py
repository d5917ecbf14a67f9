"""An animated file on another body: rest mesh and joints deformed by one map, with the same motion.

Joint rotations are kept, translations scaled, inverse bind matrices recomputed. It is the exact truth that
motion carried onto mapped bodies is compared with.
"""

from dataclasses import replace

import numpy as np
from zoetrope.bodies.maps.body_map import BodyMap
from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.channel import Channel


def apply_body_map(asset: AnimatedAsset, body_map: BodyMap) -> AnimatedAsset:
    """Deform an asset's rest mesh and joints, in Blender's axes; its clips keep their rotations.

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
