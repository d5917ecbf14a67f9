"""Products in bfloat16 only where the processor has instructions for them."""

import pytest
import torch
from zoetrope.training.optimisation.mixed_precision import mixed_precision

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capabilities", "dtype"),
    [
        ({"architecture": "x86_64", "avx2": True, "avx512_f": True, "avx512_bf16": False}, torch.float32),
        ({"architecture": "x86_64", "avx2": True, "avx512_bf16": True}, torch.bfloat16),
        ({"architecture": "aarch64", "neon": True}, torch.float32),
        ({"architecture": "aarch64", "bf16": True}, torch.bfloat16),
    ],
)
def test_the_processor_decides(
    capabilities: dict[str, object], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    one = torch.ones(2, 2)
    with mixed_precision(CPU):
        assert (one @ one).dtype == dtype
    with mixed_precision(CPU, enabled=False):
        assert (one @ one).dtype == torch.float32
