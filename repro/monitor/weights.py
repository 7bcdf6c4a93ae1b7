"""Norms of the weights and biases of every layer."""

from repro.monitor.hidden_units import Rows
from repro.network.trace import Trace


def measure(trace: Trace) -> Rows:
    """‖W‖ (Frobenius) and ‖b‖, layers 1 to depth + 1."""
    rows: Rows = []
    for layer, (W, b) in enumerate(zip(trace.W, trace.b, strict=True), start=1):
        rows += [(layer, "W_norm", W.norm().item()), (layer, "b_norm", b.norm().item())]
    return rows
