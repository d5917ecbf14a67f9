"""What every stage of a run is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.optimisation.stage_loop import OnTrainingStep, run_stage


@dataclass(frozen=True)
class StageContext:
    """Samples, the run folder with its checkpoints, the run's seed, and whom to report steps to."""

    data: PreparedData
    folder: Path
    seed: int
    on_step: OnTrainingStep | None = None

    def run(
        self,
        name: str,
        steps: int,
        modules: dict[str, nn.Module],
        optimisers: dict[str, torch.optim.Optimizer],
        loss_of: Callable[[torch.Generator], Tensor],
        after_step: Callable[[], None] | None = None,
    ) -> bool:
        """Run the loop of a stage, see `run_stage`."""
        return run_stage(
            name,
            self.folder,
            steps,
            self.seed,
            modules,
            optimisers,
            loss_of,
            after_step=after_step,
            on_step=self.on_step,
        )
