"""Files whose animation shows one mesh after the other: mesh frames as `zoetrope generate` writes them."""

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.channel import Channel
from zoetrope.errors import ZoetropeError

REMEDY = "Give one mesh that moves; of `zoetrope generate`, the tracked one: --output shape_keys."


def count_mesh_frames(asset: AnimatedAsset) -> int:
    """Return how many meshes the animations show one at a time, by keys of scale; 0 for other files."""
    nodes = set(asset.placements)
    if len(nodes) < 2 or not asset.animations or not nodes.issuperset(asset.joints.tolist()):
        return 0
    return len(nodes) if all(_one_at_a_time(one, nodes) for one in asset.animations.values()) else 0


def check_one_mesh(asset: AnimatedAsset) -> None:
    """Refuse mesh frames.

    Raises
    ------
    ZoetropeError
        Code "bad_file".
    """
    if count := count_mesh_frames(asset):
        raise ZoetropeError(f"{asset.source}: {mesh_frames_message(count)}.", code="bad_file", remedy=REMEDY)


def mesh_frames_message(count: int) -> str:
    """Return what is wrong with a file of mesh frames."""
    return f"its {count} meshes are shown one at a time (mesh frames): there is no one mesh that moves"


def _one_at_a_time(channels: tuple[Channel, ...], nodes: set[int]) -> bool:
    scales = {one.node: one for one in channels if one.path == "scale" and one.interpolation == "STEP"}
    if not nodes.issubset(scales):
        return False
    times = np.unique(np.concatenate([scales[node].times for node in nodes]))
    shown = [(np.abs(scales[node].at(times)) > 0).any(axis=1) for node in nodes]
    return bool((np.sum(shown, axis=0) == 1).all())
