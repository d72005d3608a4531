"""The number format of the net's convolutions."""

from pathlib import Path

import torch

CPU_INFO = Path("/proc/cpuinfo")


def multipliesHalf() -> bool:
    """Whether the processor multiplies bfloat16 itself; one that does not is some fifteen times slower with it."""
    words = CPU_INFO.read_text().split() if CPU_INFO.exists() else []
    return "avx512_bf16" in words or "amx_bf16" in words


def reduced(device: torch.device) -> torch.autocast:
    """Convolutions in bfloat16 where that is faster, otherwise in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda" or multipliesHalf())
