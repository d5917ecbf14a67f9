"""Registration of one body's surface onto another's by embedded deformation.

The warp is found by gradient descent: closest points, matched by position and normal in both directions, pull
the surfaces together, while neighbouring nodes are kept from moving apart. Stiffness and the weight of the
normals fall in stages (annealing), so that limbs find their counterparts before details are matched.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from zoetrope.bodies.warp import Binding, Warp, choose_nodes, gather
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.mesh_properties import MeshArrays, face_normals_and_areas
from zoetrope.geometry.nearest_points import nearest
from zoetrope.geometry.rotation_vectors import rotation_matrices

ROBUST_DISTANCE = 0.15
"""Box units. Pairs further apart than this pull less and less (Geman-McClure)."""
GRAPH_NEIGHBOURS = 6
"""Nodes that each node is kept near to, in rotation and place."""
STAGES = ((2.0, 0.4), (0.5, 0.25), (0.12, 0.15))
"""Stiffness and weight of the normals (box units a unit normal), one stage after the other."""
MATCHING_INTERVAL = 4
"""Iterations between two searches for closest points."""
ROTATION_RATE, TRANSLATION_RATE = 0.02, 0.01
"""Adam's learning rates, about one iteration's step: radians and logarithms of scales; box units."""
NODE_SPACING = 0.1
"""Box units: makes the disagreement about places a number without unit."""
PLACE_WEIGHT, ROTATION_WEIGHT, SCALE_WEIGHT = 0.02, 0.002, 0.002
"""Of the terms of the roughness against squared distances; the stiffness multiplies them."""


@dataclass(frozen=True)
class Settings:
    """How thoroughly a registration works.

    Parameters
    ----------
    nodes : int
        Of the warp.
    source_points, target_points : int
        Sampled on the two surfaces.
    iterations : int
        Of gradient descent, over all stages.
    """

    nodes: int = 160
    source_points: int = 3000
    target_points: int = 6000
    iterations: int = 150


COARSE = Settings(nodes=60, source_points=700, target_points=1400, iterations=60)
"""Enough to rank donors."""
RESEMBLING = Settings(nodes=120, source_points=1500, target_points=3000, iterations=60)
"""Enough for a body that resembles the target: skeletons transferred by it fit as well as by the default, in
a quarter of the time. Costs are some 0.02 higher, as fewer points are compared."""


@dataclass(frozen=True)
class Registration:
    """A warp of a source surface onto a target surface, and how well it fits.

    Parameters
    ----------
    warp : Warp
        From the source's box to the target's.
    forward, backward : float
        Mean distance of the warped source to the target, and of the target to the warped source; box units.
    backward_98 : float
        98th percentile of the latter: a limb that nothing was warped onto.
    distortion : float
        Mean absolute log stretch of the warp, relative to its median.
    """

    warp: Warp
    forward: float
    backward: float
    backward_98: float
    distortion: float

    @property
    def cost(self) -> float:
        """What donors are ranked by, in box units; the weights were chosen on 22 meshes by other authors."""
        return self.forward + self.backward + 0.5 * self.backward_98 + 0.05 * self.distortion


def register(
    source: MeshArrays,
    target: MeshArrays,
    settings: Settings | None = None,
    seed: int = 0,
    on_step: Callable[[int, int], None] = lambda done, total: None,
    *,
    in_place: bool = False,
) -> Registration:
    """Warp a source surface onto a target surface.

    Parameters
    ----------
    source, target : ((V, 3) float, (F, 3) int)
        Closed surfaces in their boxes, facing -Y.
    settings : Settings, optional
    seed : int
    on_step : callable
        Called with (iterations done, iterations in all); may raise to cancel.
    in_place : bool
        Start with the source moved to the target's middle, not with its box mapped onto the target's: two
        poses of one body.
    """
    settings = settings or Settings()
    rng = np.random.default_rng(seed)
    points, normals = _sample(source, settings.source_points, rng)
    goal, goal_normals = _sample(target, settings.target_points, rng)
    goal_box = source[0] + (goal.mean(0) - points.mean(0)).numpy() if in_place else target[0]
    warp = _start(source[0], goal_box, choose_nodes(points.numpy(), settings.nodes, rng))
    binding = warp.bind(points.numpy())
    neighbours = _node_graph(warp.nodes)
    for tensor in (warp.rotations, warp.log_scales, warp.translations):
        tensor.requires_grad_(True)
    optimiser = torch.optim.Adam(
        [
            {"params": [warp.rotations, warp.log_scales], "lr": ROTATION_RATE},
            {"params": [warp.translations], "lr": TRANSLATION_RATE},
        ]
    )
    matches = None
    for step in range(settings.iterations):
        on_step(step, settings.iterations)
        stiffness, normal_weight = STAGES[step * len(STAGES) // settings.iterations]
        moved = warp.map(points, binding)
        if matches is None or step % MATCHING_INTERVAL == 0:
            turned = _turned_normals(warp, binding, normals)
            matches = _closest(moved, turned, goal, goal_normals, normal_weight)
        to_goal, to_source = matches
        forward, backward = moved - goal[to_goal], gather(moved, to_source) - goal
        plane = (forward * goal_normals[to_goal]).sum(-1).square().mean()
        loss = _robust(forward) + _robust(backward) + plane + stiffness * _roughness(warp, *neighbours)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    warp = Warp(*(tensor.detach() for tensor in vars(warp).values()))
    return _measured(warp, points.numpy(), goal.numpy())


def _sample(surface: MeshArrays, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    vertices, faces = surface
    face, barycentric = sample_surface(vertices, faces, count, rng)
    normals, _ = face_normals_and_areas(vertices, faces)
    points = barycentric_points(vertices, faces, face, barycentric)
    return torch.from_numpy(points.astype(np.float32)), torch.from_numpy(normals[face].astype(np.float32))


def _start(source: np.ndarray, target: np.ndarray, nodes: np.ndarray) -> Warp:
    """The affine map of the source's bounding box onto the target's."""
    low, goal_low = source.min(axis=0), target.min(axis=0)
    scale = np.ptp(target, axis=0) / np.maximum(np.ptp(source, axis=0), 1e-3)
    moved = (nodes - low) * scale + goal_low
    tensor = torch.from_numpy(nodes.astype(np.float32))
    return Warp(
        tensor,
        torch.zeros_like(tensor),
        torch.from_numpy(np.log(scale).astype(np.float32)).expand_as(tensor).clone(),
        torch.from_numpy((moved - nodes).astype(np.float32)),
    )


def _node_graph(nodes: Tensor) -> tuple[Tensor, Tensor]:
    """Directed edges between each node and its neighbours: (E,), (E,)."""
    count = min(GRAPH_NEIGHBOURS, len(nodes) - 1)
    _, index = nearest(nodes.numpy(), nodes.numpy(), count + 1)
    first = np.repeat(np.arange(len(nodes)), count)
    return torch.from_numpy(first), torch.from_numpy(index[:, 1:].ravel())


def _turned_normals(warp: Warp, binding: Binding, normals: Tensor) -> np.ndarray:
    with torch.no_grad():
        rotations = rotation_matrices(warp.rotations)[binding.nodes]
        turned = torch.einsum("pk,pkij,pj->pi", binding.shares, rotations, normals)
    return torch.nn.functional.normalize(turned, dim=-1).numpy()


def _closest(
    moved: Tensor, turned: np.ndarray, goal: Tensor, goal_normals: Tensor, normal_weight: float
) -> tuple[Tensor, Tensor]:
    """For each moved point its closest goal, and the other way round, by position and weighted normal."""
    a = np.concatenate([moved.detach().numpy(), normal_weight * turned], axis=1)
    b = np.concatenate([goal.numpy(), normal_weight * goal_normals.numpy()], axis=1)
    return torch.from_numpy(nearest(b, a)[1]), torch.from_numpy(nearest(a, b)[1])


def _robust(residual: Tensor) -> Tensor:
    squared = residual.square().sum(-1)
    return (squared / (1 + squared / ROBUST_DISTANCE**2)).mean()


def _roughness(warp: Warp, first: Tensor, second: Tensor) -> Tensor:
    """How much neighbouring nodes disagree about one another's place (the regularisation term of Sumner et
    al. 2007), about their linear parts; and how much the scales of all nodes differ.
    """
    matrices = warp.matrices()
    offset = warp.nodes[second] - warp.nodes[first]
    own, others = gather(matrices, first), gather(matrices, second)
    predicted = (own @ offset[..., None])[..., 0] + gather(warp.translations, first)
    places = predicted - offset - gather(warp.translations, second)
    places = places.square().sum(-1).mean() / NODE_SPACING**2
    turns = (own - others).square().sum((-1, -2)).mean()
    stretch = (warp.log_scales - warp.log_scales.mean(0)).square().mean()
    return PLACE_WEIGHT * places + ROTATION_WEIGHT * turns + SCALE_WEIGHT * stretch


def _measured(warp: Warp, points: np.ndarray, goal: np.ndarray) -> Registration:
    moved = warp(points)
    backward, _ = nearest(moved, goal)
    stretch = np.linalg.svd(warp.jacobians(points), compute_uv=False)
    logs = np.log(np.maximum(stretch, 1e-6))
    return Registration(
        warp,
        float(nearest(goal, moved)[0].mean()),
        float(backward.mean()),
        float(np.quantile(backward, 0.98)),
        float(np.abs(logs - np.median(logs)).mean()),
    )
