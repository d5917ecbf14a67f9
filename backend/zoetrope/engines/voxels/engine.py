"""Voxel engine: request -> occupancy grids of all frames (diffusion) -> frames (marching cubes)."""

from pathlib import Path

from zoetrope.diffusion.voxel_unet import VoxelUNet
from zoetrope.engines.frames.denoising import sample_denoiser
from zoetrope.engines.frames.engine import FrameEngine, SampledClip
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.voxels.decoding import grid_distance, grid_surface
from zoetrope.engines.voxels.weights import load_voxel_weights, read_voxel_description


class VoxelEngine(FrameEngine):
    """Generates clips as 16 grids of 24^3 cells: the baseline of HyperDiffusion's table.

    Parameters
    ----------
    weights : Path
        Folder of the weights.
    device : str
        "cpu", "cuda", "mps" or "auto".
    """

    def __init__(self, weights: Path, device: str = "auto") -> None:
        self.description = read_voxel_description(weights)
        super().__init__(weights, self.description, device, "The voxel diffusion")
        self._model: VoxelUNet | None = None

    def sample(self, resolved: ResolvedRequest, attempt: int, on_progress: OnProgress) -> SampledClip:
        """Sample the grids of one clip."""
        model, description = self.load(), self.description
        config = description.model
        found = sample_denoiser(
            model,
            (config.frames, *[config.cells] * 3),
            resolved,
            attempt,
            description.sampling_steps,
            self.device(),
            on_progress,
            conditional=description.conditional,
        )
        grids = found[0].cpu().numpy()
        if resolved.action_label.cyclic:
            grids = grids[:-1]
        return SampledClip(
            len(grids),
            description.seconds,
            lambda frame, detail, on_chunk: grid_surface(grids[frame]),
            lambda frame, points: grid_distance(grids[frame], points),
        )

    def load(self) -> VoxelUNet:
        """Return the network, read at the first call."""
        if self._model is None:
            _, self._model, _ = load_voxel_weights(self.weights, self.device())
        return self._model

    def forget(self) -> None:
        """Drop the network."""
        self._model = None
