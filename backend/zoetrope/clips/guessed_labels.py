"""Labels of unlabelled clips: the action from the clip's name, cyclicity and motion from its frames."""

import re

import numpy as np

ACTION_WORDS = {
    "walk": ("walk", "walking"),
    "run": ("run", "running", "gallop", "galloping", "trot", "sprint"),
    "fly": ("fly", "flying", "flap", "glide", "hover"),
    "swim": ("swim", "swimming"),
    "idle": ("idle", "stand", "standing", "breathe", "rest", "wait"),
    "eat": ("eat", "eating", "graze", "drink"),
    "jump": ("jump", "jumping", "hop", "leap"),
    "attack": ("attack", "bite", "punch", "kick", "headbutt", "weapon", "strike"),
    "hit": ("hit", "damage", "hurt", "recieve", "receive"),
    "death": ("death", "die", "dying", "dead"),
}
"""Words in clip names, and the action that each stands for."""
CYCLIC_ACTIONS = ("walk", "run", "fly", "swim", "idle", "eat")
TRAVELLING_ACTIONS = ("walk", "run")
"""Actions of a creature that moves forward over the ground."""
PROBE_FRAMES = 24
"""Frames of a clip from which motion and cyclicity are guessed."""
START_TOLERANCE = 0.04
"""A clip ends at its start if its last frame is this close to it, as a share of its largest displacement."""
MIN_MOTION = 0.005
"""Share of the body's diagonal that some vertex must move for a clip to count as motion."""


def guess_action(name: str) -> str:
    """Return the action named in a clip's name; without one, the name's words in lower case."""
    # split "Armature|Walk_Slow" and "WalkSlow" into words
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.split("|")[-1])
    words = [word.lower() for word in re.split(r"[^A-Za-z]+", spaced) if word]
    for action, synonyms in ACTION_WORDS.items():
        if any(word in synonyms for word in words):
            return action
    return " ".join(words) or "clip"


def ends_at_start(frames: np.ndarray) -> bool:
    """Return whether the last of frames (T, V, 3) equals the first, within `START_TOLERANCE`."""
    displacement = np.linalg.norm(frames - frames[:1], axis=-1).mean(axis=1)
    return bool(displacement[-1] <= START_TOLERANCE * displacement.max())


def has_motion(frames: np.ndarray) -> bool:
    """Return whether any vertex of frames (T, V, 3) moves by more than `MIN_MOTION`."""
    diagonal = float(np.linalg.norm(np.ptp(frames[0], axis=0)))
    return bool(np.linalg.norm(frames - frames[:1], axis=-1).max() > MIN_MOTION * diagonal)
