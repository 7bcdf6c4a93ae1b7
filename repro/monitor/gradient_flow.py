"""Back-propagated gradients and weight gradients (Figures 7, 8, 9).

The theory (eq. 6) is about ∂C/∂s of each example's own cost: `ds_std`. The paper's Figures 7-9 fit gradients
summed, not averaged, over a mini-batch of 10: `ds_batch_std` and the histogram `ds` for ∂C/∂s (which is then
the gradient of the bias), `dW_std` and the histogram `dW` for ∂C/∂W.
"""

import math

import torch
from torch import Tensor

from repro.monitor.hidden_units import Rows, density
from repro.network.trace import Trace

SPREAD = 10
"""Histograms reach this many standard deviations to either side ..."""
BINS = 401
"""... in this many bins; odd, so that the peak at 0 has a bin of its own."""


def measure(trace: Trace, batch: int) -> Rows:
    """Standard deviations of ∂C/∂s and ∂C/∂W, layers 1 to depth + 1."""
    rows: Rows = []
    for layer, (z, ds, da) in enumerate(zip(trace.z, trace.ds, trace.da, strict=True), start=1):
        rows.append((layer, "ds_std", ds.double().std(correction=0).item()))
        rows.append((layer, "ds_batch_std", batch_sums(ds, batch).double().std(correction=0).item()))
        rows.append((layer, "dW_std", weight_gradient_std(z, da, batch)))
    return rows


def batch_sums(ds: Tensor, batch: int) -> Tensor:
    """∂C/∂s summed over each mini-batch: [B / batch, n] from [B, n]."""
    return ds.unflatten(0, (-1, batch)).sum(1)


def weight_gradient_std(z: Tensor, ds: Tensor, batch: int) -> float:
    """Standard deviation of ∂C/∂W over all weights and all mini-batches of `batch` examples.

    No gradient is formed: with g = Dᵀ Z (eq. 3), Σ g² = Σ (D Dᵀ) ∘ (Z Zᵀ) and Σ g = (D 1) · (Z 1).
    """
    Z = z.double().unflatten(0, (-1, batch))  # [batches, batch, fan_in]
    D = ds.double().unflatten(0, (-1, batch))  # [batches, batch, fan_out]
    count = len(Z) * Z.shape[-1] * D.shape[-1]
    mean = (D.sum(-1) * Z.sum(-1)).sum() / count
    square = ((D @ D.mT) * (Z @ Z.mT)).sum() / count
    variance = (square - mean**2).item()
    return math.sqrt(max(variance, 0.0))  # in this order nan stays nan


def histogram(values: Tensor, std: float) -> Tensor:
    """Density of `values`: [2, BINS], over ±SPREAD·std or less if no value is larger."""
    return density(values, _bound(values.abs().max().item(), std), BINS)


def weight_gradient_histogram(z: Tensor, ds: Tensor, batch: int, std: float) -> Tensor:
    """Density of ∂C/∂W over all weights and mini-batches, [2, BINS]; one mini-batch in memory at a time."""
    pairs = [(D.mT, Z) for Z, D in zip(z.split(batch), ds.split(batch), strict=True)]
    bound = _bound(math.inf, std)
    return torch.stack([density(D @ Z, bound, BINS) for D, Z in pairs]).mean(0)


def _bound(largest: float, std: float) -> float:
    bound = min(largest, SPREAD * std)
    return bound if 0 < bound < math.inf else 1.0  # all gradients 0 (or not finite): any range will do
