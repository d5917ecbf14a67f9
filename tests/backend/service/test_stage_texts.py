"""Every stage that the backend reports has a text on the add-on's progress bar."""

import ast
from pathlib import Path

import pytest
from zoetrope.service import animation_jobs, decomposition_jobs, generation_jobs

JOB = Path(__file__).resolve().parents[3] / "blender_addon/core/job.py"


def texts() -> dict[str, str]:
    assigned = [one for one in ast.parse(JOB.read_text(encoding="utf-8")).body if isinstance(one, ast.Assign)]
    (stages,) = (one.value for one in assigned if ast.unparse(one.targets[0]) == "STAGES")
    return dict(ast.literal_eval(stages))


@pytest.mark.parametrize("module", [animation_jobs, decomposition_jobs, generation_jobs])
def test_every_stage_has_a_text(module):
    found = [value for name, value in vars(module).items() if name.endswith("SHARES")]
    assert found
    assert {stage for shares in found for stage in shares} <= set(texts())
