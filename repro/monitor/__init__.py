"""Measurements on the fixed test examples: pure functions from a network's trace to rows and histograms."""

import math

import numpy as np
from torch import Tensor

from repro.monitor import constant_part, gradient_flow, hidden_units, mechanisms, singular_values, weights
from repro.monitor.hidden_units import Rows
from repro.monitor.schedule import Event
from repro.network.trace import Trace


def measure(
    trace: Trace, batch: int, event: Event, prior: Tensor | None = None
) -> tuple[Rows, dict[str, np.ndarray]]:
    """Rows (layer, quantity, value), and what the event asks for: "<quantity>/<layer>" → [2, bins].

    `batch`: examples over which gradients are summed (`monitor.batch`). `prior`: frequencies of the classes
    [C], beside which mechanisms put the outputs.
    """
    rows = hidden_units.measure(trace)
    rows += gradient_flow.measure(trace, batch)
    rows += weights.measure(trace)
    rows += singular_values.measure(trace, event.jacobian_examples)
    if event.mechanisms:
        rows += mechanisms.measure(trace, event.jacobian_examples)
        rows += constant_part.measure(trace, prior)
    return rows, histograms(trace, rows, batch) if event.histograms else {}


def histograms(trace: Trace, rows: Rows, batch: int) -> dict[str, np.ndarray]:
    """Those of z, and of ∂C/∂s and ∂C/∂W summed over mini-batches: "<quantity>/<layer>" → [2, bins]."""
    std = {(layer, quantity): value for layer, quantity, value in rows}
    result = {}
    for i in range(1, len(trace.z)):
        if not math.isfinite(std[i, "ds_batch_std"] + std[i, "dW_std"]):
            continue  # about to diverge: there is no range to divide
        z, ds, da = trace.z[i - 1], trace.ds[i - 1], trace.da[i - 1]
        sums = gradient_flow.batch_sums(ds, batch)
        result[f"z/{i}"] = hidden_units.histogram(trace.z[i])
        result[f"ds/{i}"] = gradient_flow.histogram(sums, std[i, "ds_batch_std"])
        result[f"dW/{i}"] = gradient_flow.weight_gradient_histogram(z, da, batch, std[i, "dW_std"])
    return {key: value.numpy() for key, value in result.items()}
