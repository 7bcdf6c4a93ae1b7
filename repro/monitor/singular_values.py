"""Singular values of the layers' Jacobians J_i = ∂z_i/∂z_{i-1} (eq. 17, section 4.2.2)."""

import torch
from torch import Tensor

from repro.monitor.hidden_units import Rows
from repro.network.trace import Trace

PERCENTILES = (5, 25, 50, 75, 95)


def singular_values(J: Tensor) -> Tensor:
    """Those of each matrix of J, float64 [n, fan_out, fan_in], ascending: [n, min(fan_in, fan_out)].

    From the eigenvalues of J Jᵀ, which is several times faster than an SVD; the error is below 1e-7 of the
    largest value.
    """
    gram = J @ J.mT if J.shape[1] <= J.shape[2] else J.mT @ J
    return torch.linalg.eigvalsh(gram).clamp(min=0).sqrt()


def measure(trace: Trace, n: int) -> Rows:
    """Mean, extremes and percentiles, layers 1 (∂z_1/∂x) to depth, over the first n examples; none for n = 0.

    Means and percentiles are averages over the examples, extremes are over all of them. A network whose
    weights have overflowed has no singular values: all are nan then.
    """
    rows: Rows = []
    levels = torch.tensor(PERCENTILES, dtype=torch.float64) / 100
    for layer in range(1, len(trace.z)) if n else ():
        J = trace.jacobian(layer, n)
        values = singular_values(J) if J.isfinite().all() else torch.full_like(J[:, :1, 0], torch.nan)
        rows.append((layer, "jacobian_mean", values.mean().item()))
        rows += [(layer, "jacobian_min", values.min().item()), (layer, "jacobian_max", values.max().item())]
        quantiles = torch.quantile(values, levels.to(values.device), dim=1).mean(1).tolist()
        rows += [(layer, f"jacobian_p{p}", q) for p, q in zip(PERCENTILES, quantiles, strict=True)]
    return rows
