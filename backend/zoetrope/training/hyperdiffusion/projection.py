"""Shared projection of all MLPs: few coefficients a clip, refined so that they still decode to the clips.

Principal components alone keep what varies most between weights, which is not what matters most to the
surface: basis, mean and coefficients are therefore trained further on the samples, all clips together.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from zoetrope.atomic_write import atomic_write
from zoetrope.diffusion.weight_projection import WeightProjection
from zoetrope.fields.occupancy import OccupancyConfig, occupancy_logits
from zoetrope.training.data.occupancy_batch import ClipBatch
from zoetrope.training.data.occupancy_samples import load_clip
from zoetrope.training.hyperdiffusion.fit_mlps import uniform_iou
from zoetrope.training.hyperdiffusion.recipe import ProjectionRecipe
from zoetrope.training.optimisation.mixed_precision import mixed_precision
from zoetrope.training.optimisation.stage_loop import OnTrainingStep, run_stage
from zoetrope.training.run_files import reading

log = logging.getLogger(__name__)

FILE = "projected.safetensors"
"""Projection and coefficients of all clips, in the run folder."""
COEFFICIENT_RATE = 10
"""Learning rate of the coefficients, as a multiple of the basis's: those of a clip are in few batches."""
MEASURED = 128
"""Clips, evenly over all, whose IoU is logged."""


@dataclass(frozen=True)
class ProjectedClips:
    """The projection, and the coefficients (N, K) of all clips."""

    projection: WeightProjection
    coefficients: Tensor


class _Refined(nn.Module):
    """Projection and coefficients as parameters; coefficients are in units of their standard deviation."""

    def __init__(self, projection: WeightProjection, coefficients: Tensor) -> None:
        super().__init__()
        self.deviation: Tensor
        self.register_buffer("deviation", coefficients.std(0).clamp(min=1e-8))
        self.mean = nn.Parameter(projection.mean.clone())
        self.basis = nn.Parameter(self.deviation[:, None] * projection.basis)
        self.coefficients = nn.Embedding.from_pretrained(
            coefficients / self.deviation, freeze=False, sparse=True
        )

    def weights_of(self, clips: Tensor) -> Tensor:
        """Return the MLPs (B, P) of clips (B,)."""
        return self.mean + self.coefficients(clips) @ self.basis

    @torch.no_grad()
    def result(self) -> ProjectedClips:
        """Return the projection with an orthonormal basis; coefficients are turned with it."""
        q, r = torch.linalg.qr(self.basis.T)
        projection = WeightProjection(*self.basis.shape).to(self.basis.device)
        projection.mean.copy_(self.mean)
        projection.basis.copy_(q.T)
        coefficients = self.coefficients.weight @ r.T
        # Turned to principal axes, the first coefficients vary most.
        centre = coefficients.mean(0)
        _, _, axes = torch.linalg.svd(coefficients - centre, full_matrices=False)
        projection.mean += centre @ projection.basis
        projection.basis.copy_(axes @ projection.basis)
        return ProjectedClips(projection, (coefficients - centre) @ axes.T)


def component_count(recipe: ProjectionRecipe, clips: int) -> int:
    """Return the components of so many clips: the rank of N centred rows is N - 1 at most."""
    return min(recipe.components, clips - 1)


def project_clips(
    weights: Tensor,
    samples: Sequence[Path],
    config: OccupancyConfig,
    recipe: ProjectionRecipe,
    folder: Path,
    seed: int,
    near_share: float = 0.5,
    on_step: OnTrainingStep | None = None,
) -> ProjectedClips:
    """Find and refine the projection of fitted MLPs (N, P); a finished one is read from `folder`.

    Signs of axes differ between machines, so that what was found is kept for all that depends on it.
    """
    path = folder / FILE
    if path.exists():
        return _load(path, weights.device)
    count = component_count(recipe, len(weights))
    projection = WeightProjection(count, weights.shape[1]).to(weights.device)
    log.info("%d components explain %.3f of the MLPs' variance", count, projection.fit(weights))
    found = ProjectedClips(projection, projection(weights))
    if recipe.points:
        found = _refined(found, samples, config, recipe, folder, seed, near_share, on_step)
    _save(found, path)
    return found


def _refined(
    found: ProjectedClips,
    samples: Sequence[Path],
    config: OccupancyConfig,
    recipe: ProjectionRecipe,
    folder: Path,
    seed: int,
    near_share: float,
    on_step: OnTrainingStep | None,
) -> ProjectedClips:
    """Train basis, mean and coefficients on the samples of all clips; resumes from its checkpoint."""
    module = _Refined(found.projection, found.coefficients).to(found.coefficients.device)
    scale = float(module.basis.detach().square().mean().sqrt())
    optimisers: dict[str, torch.optim.Optimizer] = {
        "dense": torch.optim.Adam([module.mean, module.basis], lr=recipe.lr * scale, fused=True),
        "coefficients": torch.optim.SparseAdam(
            list(module.coefficients.parameters()), lr=COEFFICIENT_RATE * recipe.lr
        ),
    }
    steps = max(1, len(samples) * recipe.points // (recipe.clips * recipe.batch))
    # All of them at once: a megabyte a clip, and reading would take as long as the steps do.
    batch = ClipBatch.load([load_clip(path) for path in samples], module.mean.device)

    def loss_of(generator: torch.Generator) -> Tensor:
        rows = torch.randperm(len(samples), generator=generator, device=module.mean.device)[: recipe.clips]
        points, inside = batch.sample(recipe.batch, config.dimensions, generator, near_share, rows)
        flat = module.weights_of(rows)
        with mixed_precision(flat.device):
            logits = occupancy_logits(config, flat, points)
        return functional.binary_cross_entropy_with_logits(logits.float(), inside)

    run_stage("projection", folder, steps, seed, {"projection": module}, optimisers, loss_of, on_step=on_step)
    return module.result()


def _save(found: ProjectedClips, path: Path) -> None:
    tensors = {"coefficients": found.coefficients, **found.projection.state_dict()}
    with atomic_write(path) as part:
        save_file({name: value.contiguous() for name, value in tensors.items()}, part)


def _load(path: Path, device: torch.device) -> ProjectedClips:
    with reading(path):
        tensors = load_file(path)
        coefficients = tensors["coefficients"]
        projection = WeightProjection(*tensors["basis"].shape)
        projection.load_state_dict({name: tensors[name] for name in ("mean", "basis")})
    return ProjectedClips(projection.to(device), coefficients.to(device))


@torch.inference_mode()
def projected_iou(clips: ProjectedClips, samples: Sequence[Path], config: OccupancyConfig) -> Tensor:
    """Return the IoU (M,) at the uniform points of `MEASURED` clips, decoded from their coefficients."""
    found = []
    for row in sorted({round(row) for row in torch.linspace(0, len(samples) - 1, MEASURED).tolist()}):
        batch = ClipBatch.load([load_clip(samples[row])], clips.coefficients.device)
        flat = clips.projection.inverse(clips.coefficients[row : row + 1])
        found.append(uniform_iou(batch, flat, config))
    return torch.cat(found)
