"""Feet that rest are found, and held on the ground."""

import numpy as np
from zoetrope.rigs.contacts import Contact, Foot, find_contacts, foot_slip, hold_feet

FRAMES = 16
REST = np.array([[0.0, 0.0, 0.0], [0.05, 0.0, 0.0], [0.0, 0.05, 0.0], [0.0, 0.0, 1.0]])
FOOT = [Foot(4, np.array([0, 1, 2]))]


def walking_foot(noise=0.0):
    """On the ground it goes back at 0.1 a frame in frames 0 to 9; then it returns through the air."""
    y = np.concatenate([0.1 * np.arange(10), np.linspace(0.9, 0.0, 8)[1:-1]])
    z = np.concatenate([np.zeros(10), 0.2 * np.sin(np.linspace(0, np.pi, 8)[1:-1])])
    frames = np.tile(REST, (FRAMES, 1, 1))
    frames[:, :3, 1] += y[:, None]
    frames[:, :3, 2] += z[:, None]
    frames[:, :3] += noise * np.random.default_rng(0).normal(size=(FRAMES, 1, 3))
    return frames


def test_the_stance_of_a_walking_foot_is_found():
    (contact,) = find_contacts(walking_foot(), FOOT, 1.0, cyclic=True)
    assert contact.joint == 4
    assert contact.frames.tolist() == list(range(9))


def test_a_stance_across_the_loops_seam_is_one_contact():
    frames = np.roll(walking_foot(), 4, axis=0)
    (contact,) = find_contacts(frames, FOOT, 1.0, cyclic=True)
    assert contact.frames.tolist() == list(range(4, 13))
    (wrapped,) = find_contacts(np.roll(walking_foot(), -4, axis=0), FOOT, 1.0, cyclic=True)
    assert wrapped.frames.tolist() == [12, 13, 14, 15, 0, 1, 2, 3, 4]


def test_a_standing_foot_rests_in_all_frames():
    (contact,) = find_contacts(np.tile(REST, (FRAMES, 1, 1)), FOOT, 1.0, cyclic=True)
    assert len(contact.frames) == FRAMES


def test_a_foot_in_the_air_does_not_rest():
    frames = walking_foot()
    frames[:, 3, 2] = 0.0  # another vertex is the ground
    frames[:, :3, 2] += 0.3
    assert find_contacts(frames, FOOT, 1.0, cyclic=True) == []


def test_held_feet_go_along_a_straight_line_on_the_ground():
    frames = walking_foot(noise=0.02)
    contact = Contact(4, np.arange(10))
    goal, held = hold_feet(frames, REST, FOOT, [contact], cyclic=True)
    assert held.tolist() == [True, True, True, False]
    steps = np.diff(goal[:10, :3].mean(axis=1), axis=0)
    assert np.allclose(steps, steps[0]), "one speed"
    assert np.allclose(goal[:10, :3, 2].min(axis=1), 0.0, atol=0.02)
    assert np.array_equal(goal[10:], frames[10:])
    assert foot_slip(goal, FOOT, [contact], 1.0) < 1e-9


def test_slip_is_the_distance_from_the_line():
    frames = walking_foot()
    frames[5, :3, 0] += 0.2
    slip = foot_slip(frames, FOOT, [Contact(4, np.arange(10))], leg_length=2.0)
    assert 0.5 * 0.17 < slip < 0.5 * 0.2
    assert foot_slip(frames, FOOT, [], 2.0) == 0.0
