"""Matrix products in bfloat16 where the processor has instructions for them."""

import torch

INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")
"""As `torch.cpu.get_capabilities` names them, on x86 and ARM."""


def has_fast_bfloat16(device: torch.device) -> bool:
    """Return whether products in bfloat16 are faster than in float32.

    A processor without such instructions computes them some 10 times slower. Other devices are taken to have
    them.
    """
    if device.type != "cpu":
        return True
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in INSTRUCTIONS)


def mixed_precision(device: torch.device, enabled: bool = True) -> torch.autocast:
    """Run matrix products in bfloat16 where that is faster; weights and losses stay in float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled and has_fast_bfloat16(device))
