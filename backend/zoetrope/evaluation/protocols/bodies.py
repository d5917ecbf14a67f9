"""Bodies alone: rest poses as point clouds, scored as clips of one frame."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.evaluation.metrics.point_clouds import POINTS
from zoetrope.evaluation.metrics.surface_distance import sample_surface_points
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.evaluation.protocols.sample_sets import Sample
from zoetrope.geometry.normalisation import normalising_box


def bodies_of(library: Library, creatures: Sequence[CreatureEntry]) -> list[LabelledSequence]:
    """Return the rest poses of creatures: clouds (1, 2048, 3) in the box."""
    found = []
    for index, entry in enumerate(creatures):
        asset = library.read(entry)
        found.append(body_of(entry.file, entry.category, asset.rest, asset.faces, index))
    return found


def body_of(
    creature: str, category: str, vertices: np.ndarray, faces: np.ndarray, seed: int
) -> LabelledSequence:
    """Return vertices (V, 3) and faces (F, 3) as the rest pose of a creature: a cloud (1, 2048, 3)."""
    in_box = normalising_box(vertices).to_box(vertices)
    cloud = sample_surface_points(in_box, faces, POINTS, seed).astype(np.float32)
    return LabelledSequence(creature, "", category, "", cloud[None])


def bodies_of_samples(samples: Sequence[Sample]) -> list[LabelledSequence]:
    """Return the rest poses of generated creatures."""
    return [replace(one.sequence, clip="", action="", clouds=one.rest[None]) for one in samples]
