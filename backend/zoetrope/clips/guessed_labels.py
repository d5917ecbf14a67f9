"""What a clip shows, guessed from its name and its frames, for files that nobody labelled."""

import re

import numpy as np

ACTIONS = {
    "walk": ("walk",),
    "run": ("run", "gallop", "trot", "sprint"),
    "fly": ("fly", "flying", "flap", "glide", "hover"),
    "swim": ("swim", "swimming"),
    "idle": ("idle", "stand", "breathe", "rest", "wait"),
    "eat": ("eat", "eating", "graze", "drink"),
    "jump": ("jump", "hop", "leap"),
    "attack": ("attack", "bite", "punch", "kick", "headbutt", "weapon", "strike"),
    "hit": ("hit", "damage", "hurt", "recieve", "receive"),
    "death": ("death", "die", "dying", "dead"),
}
CYCLIC_ACTIONS = ("walk", "run", "fly", "swim", "idle", "eat")
RETURNS = 0.04
"""A clip has come back when its last frame is this share of its own extent of motion from its first."""
STILL = 0.005
"""Share of the body's diagonal that something must move for a clip to be one."""


def guess_action(name: str) -> str:
    """The action that a clip's name speaks of; the name itself in small letters where it speaks of none."""
    # "Armature|Walk_Slow" and "WalkSlow" are both words to split
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.split("|")[-1])
    words = [word.lower() for word in re.split(r"[^A-Za-z]+", plain) if word]
    for action, keys in ACTIONS.items():
        if any(word in keys for word in words):
            return action
    return " ".join(words) or "clip"


def ends_at_start(frames: np.ndarray) -> bool:
    """Whether the last of frames (T, V, 3) is the first again."""
    moved = np.linalg.norm(frames - frames[:1], axis=-1).mean(axis=1)
    return bool(moved[-1] <= RETURNS * moved.max())


def has_motion(frames: np.ndarray) -> bool:
    """Whether anything in frames (T, V, 3) moves."""
    extent = float(np.linalg.norm(np.ptp(frames[0], axis=0)))
    return bool(np.linalg.norm(frames - frames[:1], axis=-1).max() > STILL * extent)
