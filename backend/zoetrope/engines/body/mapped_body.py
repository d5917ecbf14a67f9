"""A sampled body with other proportions, or part of the way to another creature; and its motion."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from zoetrope.bodies.maps.body_map import BodyMap, identity_map
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.bodies.maps.landmarks import typical_landmarks
from zoetrope.engines.body.body_mesh import BodyMesh
from zoetrope.engines.body.morphs import MorphTargets, make_morph
from zoetrope.engines.decoding.model_frames import ModelFrames
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.mesh_properties import MeshArrays
from zoetrope.rigs.donors.landmarks import nearest_landmarks
from zoetrope.rigs.mapped_motion import MappedMotion


@dataclass(frozen=True)
class MappedBody:
    """The map of a body, and what of it goes into the result's header.

    Parameters
    ----------
    body_map : callable
        Points (N, 3) of the body's box -> points of the mapped body.
    meta : dict
        JSON-serialisable.
    """

    body_map: BodyMap
    meta: dict[str, Any]

    @property
    def is_identity(self) -> bool:
        """Whether nothing changes."""
        return self.body_map is identity_map

    def mesh(self, mesh: BodyMesh) -> BodyMesh:
        """Return a mesh with its rest pose mapped."""
        return replace(mesh, rest=self.body_map(mesh.rest).astype(np.float32))

    def motion_transfer(self, mesh: BodyMesh, category: str) -> Callable[[ModelFrames, bool], ModelFrames]:
        """Return the function that transfers frames of the unmapped mesh to the mapped one."""
        motion = MappedMotion(mesh.rest, mesh.faces, self.body_map, category)
        middle = motion.rest.mean(axis=0)

        def transferred(frames: ModelFrames, cyclic: bool) -> ModelFrames:
            moved = motion(frames.vertices, cyclic)
            turned = Rotation.from_rotvec(frames.rotations).as_matrix() @ middle
            return ModelFrames(
                moved.astype(np.float32), frames.rotations, moved.mean(axis=1).astype(np.float64) - turned
            )

        return transferred


def map_body(
    request: GenerateRequest,
    coarse_surface: Callable[[], MeshArrays],
    shape: BodyShape,
    targets: MorphTargets,
    on_progress: OnProgress = ignore_progress,
) -> MappedBody:
    """Return the map that a request asks for: the morph first, then the proportions.

    Parameters
    ----------
    request : GenerateRequest
    coarse_surface : callable
        Returns the body's surface (V, 3) float, (F, 3) int in its box, always the same one: what a preview
        registers is what a generation registers. Called where something changes.
    shape : BodyShape
        From `resolve_proportions`.
    targets : MorphTargets
        Its donors also tell where the body's legs, neck and tail begin.
    on_progress : callable
        Called with the stage "morph"; may raise to cancel.

    Raises
    ------
    ZoetropeError
        Code "bad_option": there is no such creature, or the body is too unlike it.
    """
    meta: dict[str, Any] = {} if shape.is_identity else {"proportions": shape.as_mapping()}
    if request.proportions_seed is not None:
        meta["proportions_seed"] = request.proportions_seed
    requested = request.morph if request.morph is not None and request.morph.amount > 0.0 else None
    if shape.is_identity and requested is None:
        return MappedBody(identity_map, meta)
    surface = coarse_surface()
    rest, donors = surface[0].astype(np.float64), targets.donors_of(request.category)
    landmarks = nearest_landmarks(rest, donors) if donors else typical_landmarks(rest, request.category)
    if requested is None:
        return MappedBody(shape.map_for(rest, request.category, landmarks), meta)
    on_progress("morph", 0, 1)
    morph = make_morph(request, requested, surface, landmarks, targets, on_progress)
    on_progress("morph", 1, 1)
    meta["morph"] = {"other": requested.other, "amount": requested.amount}
    if shape.is_identity:
        return MappedBody(morph, meta)
    further = shape.map_for(morph(rest), request.category, landmarks.through(morph))
    return MappedBody(lambda points: further(morph(points)), meta)
