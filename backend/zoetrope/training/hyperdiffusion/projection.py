"""Shared projection of all MLPs: few numbers a clip, refined so that they still decode to the clips.

Principal components alone keep what varies most between weights, which is not what matters most to the
surface: basis, mean and components are therefore trained further on the samples, all clips together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from zoetrope.diffusion.weight_projection import WeightProjection
from zoetrope.fields.occupancy import OccupancyConfig, occupancy_logits
from zoetrope.training.data.occupancy_samples import ClipBatch, load_clip
from zoetrope.training.hyperdiffusion.fit_clips import uniform_iou
from zoetrope.training.hyperdiffusion.recipe import ProjectionRecipe
from zoetrope.training.optimisation.stage_loop import OnTrainingStep, mixed_precision, run_stage

CHUNK = 64
"""Clips whose samples are read at once."""


@dataclass(frozen=True)
class ProjectedClips:
    """The projection, and the components (N, K) of all clips."""

    projection: WeightProjection
    components: Tensor


class _Refined(nn.Module):
    """Projection and components as parameters; components are in units of their deviation."""

    def __init__(self, projection: WeightProjection, components: Tensor) -> None:
        super().__init__()
        self.deviation: Tensor
        self.register_buffer("deviation", components.std(0).clamp(min=1e-8))
        self.mean = nn.Parameter(projection.mean.clone())
        self.basis = nn.Parameter(self.deviation[:, None] * projection.basis)
        self.components = nn.Embedding.from_pretrained(components / self.deviation, freeze=False, sparse=True)

    def weights_of(self, clips: Tensor) -> Tensor:
        """Return the MLPs (B, P) of clips (B,)."""
        return self.mean + self.components(clips) @ self.basis

    @torch.no_grad()
    def result(self) -> ProjectedClips:
        """Return the projection with an orthonormal basis; components are turned with it."""
        q, r = torch.linalg.qr(self.basis.T)
        projection = WeightProjection(*self.basis.shape)
        projection.mean.copy_(self.mean)
        projection.basis.copy_(q.T)
        components = self.components.weight @ r.T
        # Turned to principal axes, the first numbers vary most.
        centre = components.mean(0)
        _, _, axes = torch.linalg.svd(components - centre, full_matrices=False)
        projection.mean += centre @ projection.basis
        projection.basis.copy_(axes @ projection.basis)
        return ProjectedClips(projection, (components - centre) @ axes.T)


def project_clips(
    weights: Tensor,
    samples: Sequence[Path],
    config: OccupancyConfig,
    recipe: ProjectionRecipe,
    folder: Path,
    seed: int,
    on_step: OnTrainingStep | None = None,
) -> ProjectedClips:
    """Find and refine the projection of fitted MLPs (N, P); resumes from its checkpoint in `folder`."""
    projection = WeightProjection(min(recipe.components, len(weights)), weights.shape[1]).to(weights.device)
    projection.fit(weights)
    found = ProjectedClips(projection, projection(weights))
    if not recipe.points:
        return found
    module = _Refined(projection, found.components).to(weights.device)
    dense = [module.mean, module.basis]
    scale = float(module.basis.detach().square().mean().sqrt())
    optimisers: dict[str, torch.optim.Optimizer] = {
        "dense": torch.optim.Adam(dense, lr=recipe.lr * scale),
        "components": torch.optim.SparseAdam(list(module.components.parameters()), lr=10 * recipe.lr),
    }
    steps = max(1, len(weights) * recipe.points // (recipe.clips * recipe.batch))
    draw = _cached_batches(samples, recipe.clips, weights.device)

    def loss_of(generator: torch.Generator) -> Tensor:
        rows, batch = draw(generator)
        points, inside = batch.sample(recipe.batch, config.dimensions, generator)
        flat = module.weights_of(rows)
        with mixed_precision(flat.device):
            logits = occupancy_logits(config, flat, points)
        return functional.binary_cross_entropy_with_logits(logits.float(), inside)

    run_stage("projection", folder, steps, seed, {"projection": module}, optimisers, loss_of, on_step=on_step)
    return module.result()


def _cached_batches(
    samples: Sequence[Path], clips: int, device: torch.device, every: int = 8
) -> Callable[[torch.Generator], tuple[Tensor, ClipBatch]]:
    """Return a function that samples clips: rows (B,) and their samples, read anew every few calls."""
    held: list[tuple[Tensor, ClipBatch]] = []
    calls = 0

    def draw(generator: torch.Generator) -> tuple[Tensor, ClipBatch]:
        nonlocal calls
        if calls % every == 0:
            rows = torch.randperm(len(samples), generator=generator, device=device)[:clips]
            held[:] = [(rows, ClipBatch.load([load_clip(samples[i]) for i in rows.tolist()], device))]
        calls += 1
        return held[0]

    return draw


@torch.inference_mode()
def projected_iou(clips: ProjectedClips, samples: Sequence[Path], config: OccupancyConfig) -> Tensor:
    """Return the IoU (N,) at the uniform points of all clips, decoded from their components."""
    found = []
    for first in range(0, len(samples), CHUNK):
        batch = ClipBatch.load(
            [load_clip(path) for path in samples[first : first + CHUNK]], clips.components.device
        )
        flat = clips.projection.inverse(clips.components[first : first + CHUNK])
        found.append(uniform_iou(batch, flat, config))
    return torch.cat(found)
