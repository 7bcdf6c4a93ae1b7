"""Singular values of the layers' Jacobians J_i = ∂z_i/∂z_{i-1} (eq. 17, section 4.2.2)."""

import torch
from torch import Tensor

from repro.monitor.hidden_units import Rows

PERCENTILES = (5, 25, 50, 75, 95)


def singular_values(W: Tensor, slope: Tensor) -> Tensor:
    """Those of J = diag(f'(s)) W for each example, ascending: float64 [B, min(fan_in, fan_out)].

    `W` [fan_out, fan_in], `slope` = f'(s) [B, fan_out]. From the eigenvalues of J Jᵀ, which is several times
    faster than an SVD; in float64 the error is below 1e-7 of the largest value.
    """
    J = slope.double()[:, :, None] * W.double()  # [B, fan_out, fan_in]
    gram = J @ J.mT if J.shape[1] <= J.shape[2] else J.mT @ J
    return torch.linalg.eigvalsh(gram).clamp(min=0).sqrt()


def measure(W: list[Tensor], slopes: list[Tensor]) -> Rows:
    """Mean, extremes and percentiles of the singular values, layers 1 (∂z_1/∂x) to depth.

    Means and percentiles are averages over the examples, extremes are over all of them.
    """
    rows: Rows = []
    levels = torch.tensor(PERCENTILES, dtype=torch.float64) / 100
    for layer, (W_i, slope) in enumerate(zip(W, slopes, strict=True), start=1):
        values = singular_values(W_i, slope)
        rows.append((layer, "jacobian_mean", values.mean().item()))
        rows += [(layer, "jacobian_min", values.min().item()), (layer, "jacobian_max", values.max().item())]
        quantiles = torch.quantile(values, levels.to(values.device), dim=1).mean(1).tolist()
        rows += [(layer, f"jacobian_p{p}", q) for p, q in zip(PERCENTILES, quantiles, strict=True)]
    return rows
