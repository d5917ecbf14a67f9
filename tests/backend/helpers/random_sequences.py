"""Random animated point clouds, without and with labels."""

import numpy as np
from zoetrope.evaluation.protocols.references import LabelledSequence


def random_clouds(count, seed, frames=4, points=64):
    """Return random ellipsoids (count, frames, points, 3) that drift and change their size."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(count, 1, points, 3))
    base *= rng.uniform(0.2, 1, (count, 1, 1, 3)) / np.linalg.norm(base, axis=-1, keepdims=True)
    time = np.linspace(0, 1, frames)[None, :, None, None]
    return base * (1 + rng.uniform(-0.5, 0.5, (count, 1, 1, 1)) * time) + time * rng.normal(
        0, 0.3, (count, 1, 1, 3)
    )


def labelled_sequences(count, seed, clips=1):
    """Return random labelled sequences of two frames, `clips` of each creature."""
    return [
        LabelledSequence(f"c{i // clips}", f"{i}", "x", "y", cloud.astype(np.float32))
        for i, cloud in enumerate(random_clouds(count, seed, frames=2, points=48))
    ]
