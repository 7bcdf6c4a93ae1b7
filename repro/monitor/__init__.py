"""Measurements on the fixed test examples: pure functions from a network to rows and histograms."""

import numpy as np
from torch import Tensor

from repro.experiment import settings as config
from repro.monitor import gradient_flow as gradients
from repro.monitor import hidden_units as activations
from repro.monitor import singular_values as jacobian
from repro.monitor.hidden_units import Rows
from repro.network.activations import ACTIVATIONS
from repro.network.stack import Pass, Stack


def measure(
    network: Stack, x: Tensor, y: Tensor, settings: config.Monitor, full: bool, singular: bool = False
) -> tuple[Rows, dict[str, np.ndarray]]:
    """The cheap rows; with `singular` also the Jacobian's, from a single example; with `full` these from
    `settings.jacobian_examples` examples, and the histograms "<quantity>/<layer>" → [2, bins].

    `network`: a stack of one; `x` [settings.examples, D], `y` [settings.examples].
    """
    done = network.backpropagate(x, y)
    z, s, ds = ([t[0] for t in part] for part in (done.z, done.s, done.ds))  # [B, n]
    W = [w[0] for w in network.W]
    activation = ACTIVATIONS[network.activations[0]]
    rows = activations.measure(z[1:], s[:-1], activation)
    rows += gradients.measure(z, ds, settings.batch)
    for layer, (w, b) in enumerate(zip(W, network.b, strict=True), start=1):
        rows += [(layer, "W_norm", w.norm().item()), (layer, "b_norm", b.norm().item())]
    n = settings.jacobian_examples if full else min(settings.jacobian_examples, int(singular))
    if n:
        slopes = [activation.slope(s_i[:n], z_i[:n]) for s_i, z_i in zip(s[:-1], z[1:], strict=True)]
        rows += jacobian.measure(W[:-1], slopes)
    return rows, histograms(done, rows, settings.batch) if full else {}


def histograms(done: Pass, rows: Rows, batch: int) -> dict[str, np.ndarray]:
    """Those of z, and of ∂C/∂s and ∂C/∂W summed over mini-batches: "<quantity>/<layer>" → [2, bins]."""
    std = {(layer, quantity): value for layer, quantity, value in rows}
    result = {}
    for i in range(1, len(done.z)):
        z, ds = done.z[i - 1][0], done.ds[i - 1][0]
        result[f"z/{i}"] = activations.histogram(done.z[i][0])
        result[f"ds/{i}"] = gradients.histogram(gradients.batch_sums(ds, batch), std[i, "ds_batch_std"])
        result[f"dW/{i}"] = gradients.weight_gradient_histogram(z, ds, batch, std[i, "dW_std"])
    return {key: value.numpy() for key, value in result.items()}
