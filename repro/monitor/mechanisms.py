"""What `monitor.mechanisms` adds: how much of the gradient is signal, how many directions activations use,
and the Jacobian from input to output.

What an update changes relative to the weights needs no quantity of its own: it is lr · dW_std · √size / batch
over W_norm.
"""

import torch
from torch import Tensor

from repro.monitor.hidden_units import Rows
from repro.monitor.singular_values import PERCENTILES
from repro.network.trace import Trace


def measure(trace: Trace, n: int) -> Rows:
    """gradient_square, gradient_signal (layers 1 to depth + 1), z_rank (1 to depth), and over the first n
    examples end_to_end_* of ∂z_depth/∂x (layer depth) and of ∂s/∂x of the outputs (layer depth + 1)."""
    rows: Rows = []
    for layer, (z, da) in enumerate(zip(trace.z, trace.da, strict=True), start=1):
        square, signal = gradient_signal(z, da)
        rows += [(layer, "gradient_square", square), (layer, "gradient_signal", signal)]
    rows += [(layer, "z_rank", rank(z)) for layer, z in enumerate(trace.z[1:], start=1)]
    return rows + (_end_to_end(trace, n) if n else [])


def gradient_signal(z: Tensor, da: Tensor) -> tuple[float, float]:
    """Mean over examples of ‖g‖², g = ∂C/∂W of one example (nats²), and the share of it that all share.

    That is ‖mean g‖² over the mean of ‖g‖², without bias: over pairs of different examples, so that it is
    about 0, and may be below, where gradients have no common direction. 1: all are equal.
    """
    products = (da.double() @ da.double().T) * (z.double() @ z.double().T)  # g_a · g_b, [B, B]
    B = len(products)
    square = products.trace() / B
    common = (products.sum() - products.trace()) / max(1, B * (B - 1))
    return square.item(), (common / square).item() if square > 0 else 0.0


def rank(z: Tensor) -> float:
    """Participation ratio of the activations' covariance over examples: (Σ λ)² / Σ λ², from 1 to B - 1.

    So many directions share the variance, if all had the same; 0 if the examples don't differ.
    """
    centred = z.double() - z.double().mean(0)
    gram = centred @ centred.T
    squares = gram.square().sum()
    return (gram.trace() ** 2 / squares).item() if squares > 0 else 0.0


def _end_to_end(trace: Trace, n: int) -> Rows:
    """Mean, root mean square, extremes, percentiles of singular values, averaged as in `singular_values`."""
    depth = len(trace.z) - 1
    J = trace.jacobian(1, n)
    for layer in range(2, depth + 1):
        J = trace.jacobian(layer, n) @ J
    return [
        row
        for layer, matrix in ((depth, J), (depth + 1, trace.W[-1].double() @ J))
        for row in _values(layer, matrix)
    ]


def _values(layer: int, J: Tensor) -> Rows:
    finite = bool(J.isfinite().all())
    values = torch.linalg.svdvals(J) if finite else torch.full_like(J[:, :1, 0], torch.nan)
    levels = torch.tensor(PERCENTILES, dtype=torch.float64) / 100
    quantiles = torch.quantile(values, levels.to(values.device), dim=1).mean(1).tolist()
    rows = {
        "mean": values.mean().item(),
        "rms": values.square().mean().sqrt().item(),
        "min": values.min().item(),
        "max": values.max().item(),
        **{f"p{p}": q for p, q in zip(PERCENTILES, quantiles, strict=True)},
    }
    return [(layer, f"end_to_end_{name}", value) for name, value in rows.items()]
