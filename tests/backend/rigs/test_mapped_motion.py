"""A clip on a mapped body: exact where that is known, feet and ground kept, near the truth of real files."""

import numpy as np
import pytest
from mapped_asset import apply_body_map
from zoetrope.bodies.maps.body_map import identity_map
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.clips.frame_times import frame_times
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.rigs.mapped_motion import MappedMotion


@pytest.fixture(scope="module")
def walk():
    return ProceduralCreature(0).clip(frames=8, resolution=32)


def test_identity_gives_the_frames_back(walk):
    carried = MappedMotion(walk.rest, walk.faces, identity_map, "quadruped")(walk.frames, True)
    assert np.abs(carried - walk.frames).max() < 1e-5


def test_scaled_body_moves_as_the_scaled_clip(walk):
    carried = MappedMotion(walk.rest, walk.faces, lambda p: 1.3 * p, "fish")(walk.frames, True)
    assert np.abs(carried - 1.3 * walk.frames).max() < 1e-5


def test_rigid_motion_of_any_map_is_exact(walk):
    """A body that turns and rises as a whole: the mapped body turns alike about its own middle."""
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    frames = (walk.rest @ turn.T + [0.0, 0.1, 0.4])[None]
    body_map = BodyShape(height=1.2, legs=1.3, tail=0.7).map_for(walk.rest, "fish")
    motion = MappedMotion(walk.rest, walk.faces, body_map, "fish")
    carried = motion(frames, False)[0]
    expected = motion.rest @ turn.T
    shift = carried - expected
    assert np.abs(shift - shift.mean(axis=0)).max() < 1e-4


def test_feet_touch_the_ground_where_they_did(walk):
    body_map = BodyShape(legs=1.6).map_for(walk.rest, "quadruped")
    motion = MappedMotion(walk.rest, walk.faces, body_map, "quadruped")
    carried = motion(walk.frames, True)
    growth = np.ptp(motion.rest[:, 2]) / np.ptp(walk.rest[:, 2])
    before = walk.frames[..., 2].min(axis=1) - walk.rest[:, 2].min()
    after = carried[..., 2].min(axis=1) - motion.rest[:, 2].min()
    assert np.abs(after - growth * before).max() < 0.012


FILES = ("q_farm2018__Horse.glb", "q_uaa2021__Fox.glb", "q_cutefish__Koi.glb")


def test_error_against_the_true_motion_of_mapped_files_is_small(library):
    errors, bent = [], []
    for seed, file in enumerate(FILES):
        entry = library.entries[file]
        asset = library.read(entry)
        rest = asset.rest.astype(np.float64)
        for shape in (
            BodyShape.sample(np.random.default_rng(3 * seed + i), 1.0, entry.category) for i in (0, 1)
        ):
            body_map = shape.map_for(rest, entry.category)
            body = apply_body_map(asset, body_map)
            # without the ground: the file's root is scaled by its height alone, so its feet leave the ground
            motion = MappedMotion(rest, asset.faces, body_map, "winged")
            diagonal = np.linalg.norm(np.ptp(motion.rest, axis=0))
            for clip in entry.usable_clips[:3]:
                times = frame_times(asset.span(clip.name), 8, clip.cyclic)
                frames, truth = (one.evaluate(clip.name, times).astype(np.float64) for one in (asset, body))
                away = motion(frames, clip.cyclic) - truth
                errors.append(np.linalg.norm(away, axis=-1).mean() / diagonal)
                away -= away.mean(axis=1, keepdims=True)
                bent.append(np.linalg.norm(away, axis=-1).mean() / diagonal)
    # how far a body travels depends on where the file's root is, which the map does not know
    assert np.mean(errors) < 0.010, errors
    assert np.mean(bent) < 0.004, bent
