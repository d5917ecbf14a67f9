"""What can be requested of a mesh's animation, and what comes back."""

from dataclasses import dataclass, field

import numpy as np

from zoetrope.rigs.skeleton import Skeleton, SkinWeights

OUTPUTS = ("armature", "shape_keys", "both")


@dataclass(frozen=True)
class AnimateRequest:
    """How a mesh is animated.

    Parameters
    ----------
    actions : tuple of str or None
        Actions of the category, one clip each; None: the category's default one.
    category, donor : str
        Empty: guessed from the mesh.
    facing : float or None
        Degrees about Z that turn the mesh to face -Y; None: guessed.
    seed : int
        Of the sampled motions.
    fps : float
        Timeline frames per second.
    frames : int or None
        Timeline frames of each clip; None: the sampled duration.
    output : str
        One of `OUTPUTS`.
    fallback : bool
        Whether shape keys replace an armature that would stretch the mesh visibly.
    """

    actions: tuple[str, ...] | None
    category: str = ""
    donor: str = ""
    facing: float | None = None
    seed: int = 0
    fps: float = 24.0
    frames: int | None = None
    output: str = "armature"
    fallback: bool = True


@dataclass(frozen=True)
class OwnRig:
    """The rig that a mesh already has: deform bones and their weights.

    Parameters
    ----------
    names : tuple of str
    parents : (B,) int
        -1 for roots; parents before children.
    heads, tails, z_axes : (B, 3) float
        Rest pose in the mesh's coordinates.
    vertices, bones : (N,) int; values : (N,) float
        Sparse weights.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    heads: np.ndarray
    tails: np.ndarray
    z_axes: np.ndarray
    vertices: np.ndarray
    bones: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class AnimatedAction:
    """One clip on the mesh's skeleton, in the mesh's own coordinates and on the timeline.

    Parameters
    ----------
    name : str
    cyclic, returns_to_start : bool
    rotations : (T, J, 3, 3) float64
        World-space rotations relative to the rest pose.
    translations : (T, J, 3) float64
        Displacement of the head of each joint.
    vertices : (T, V, 3) float32 or None
        Only for the outputs with shape keys.
    travel_speed : float
        Metres a second that the creature would travel.
    residual_mean, residual_p99 : float
        Of the skeleton on the donor's sampled motion, shares of the diagonal.
    stretch_median, stretch_p99 : float
        Of the mesh's edges over all frames: larger of length ratio and its inverse, less 1.
    slip : float
        Largest distance of a resting foot from its place, mean over contacts, share of the leg's length.
    """

    name: str
    cyclic: bool
    returns_to_start: bool
    rotations: np.ndarray
    translations: np.ndarray
    vertices: np.ndarray | None
    travel_speed: float
    residual_mean: float
    residual_p99: float
    stretch_median: float
    stretch_p99: float
    slip: float


@dataclass(frozen=True)
class DonorSummary:
    """A donor and how well the mesh fits it.

    Parameters
    ----------
    name, title, category, author, licence : str
        As in `Donor`.
    cost, distortion : float
        As in `Registration`.
    """

    name: str
    title: str
    category: str
    author: str
    licence: str
    cost: float
    distortion: float


@dataclass(frozen=True)
class AnimatedMesh:
    """A mesh's animation.

    Parameters
    ----------
    skeleton : Skeleton
        In the mesh's own coordinates.
    z_axes : (J, 3) float
        Directions of the bones' local Z.
    weights : SkinWeights or None
        None where the mesh's own rig is used.
    actions : tuple of AnimatedAction
    donor : DonorSummary
    facing : float
        Degrees about Z that turn the mesh to face -Y.
    confidence : float
        Of category and facing, 0 to 1; 1 where both were given.
    seed : int
    warnings : tuple of str
        Sentences for the artist.
    output : str
        One of `OUTPUTS`: "shape_keys" instead of a requested armature where that would stretch the mesh.
    seconds : dict
        By stage.
    all_joints_move : bool
        Every joint but the root has keys of its location; else the second joint alone.
    """

    skeleton: Skeleton
    z_axes: np.ndarray
    weights: SkinWeights | None
    actions: tuple[AnimatedAction, ...]
    donor: DonorSummary
    facing: float
    confidence: float
    seed: int
    warnings: tuple[str, ...] = ()
    output: str = "armature"
    seconds: dict[str, float] = field(default_factory=dict)
    all_joints_move: bool = False
