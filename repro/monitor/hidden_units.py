"""Activations of the hidden layers on the monitored examples (Figures 2, 3, 4, 6, 10)."""

import torch
from torch import Tensor

from repro.network.trace import Trace

Rows = list[tuple[int, str, float]]
"""(layer, quantity, value); layer 1 is the first hidden layer."""

PERCENTILES = (1, 2, 50, 98, 99)
SATURATED = 0.1
"""A unit counts as saturated where f'(s) is below this share of the largest slope of f: |tanh| > .949."""


def measure(trace: Trace) -> Rows:
    """Mean, std, percentiles and saturated share of z over all units and examples, layers 1 to depth."""
    rows: Rows = []
    levels = torch.tensor(PERCENTILES, dtype=torch.float32) / 100
    for layer, (z_i, slope) in enumerate(zip(trace.z[1:], trace.slope, strict=True), start=1):
        values = z_i.flatten()
        std, mean = torch.std_mean(values.double(), correction=0)
        rows += [(layer, "z_mean", mean.item()), (layer, "z_std", std.item())]
        quantiles = torch.quantile(values, levels.to(values)).tolist()
        rows += [(layer, f"z_p{p}", q) for p, q in zip(PERCENTILES, quantiles, strict=True)]
        flat = slope < SATURATED * trace.max_slope
        rows.append((layer, "z_saturated", flat.double().mean().item()))
    return rows


def histogram(z: Tensor) -> Tensor:
    """Density on 200 bins of width 0.01 over [-1, 1]: float64 [2, 200], bin centres and density."""
    return density(z, 1.0, 200)


def density(values: Tensor, bound: float, bins: int) -> Tensor:
    """Histogram over [-bound, bound] as [2, bins]: centres and density.

    Normalised by all values, also those outside, so that the missing area is their share.
    """
    counts = torch.histc(values.float(), bins, -bound, bound).double().cpu()
    width = 2 * bound / bins
    centres = (torch.arange(bins, dtype=torch.float64) + 0.5) * width - bound
    return torch.stack([centres, counts / (values.numel() * width)])
