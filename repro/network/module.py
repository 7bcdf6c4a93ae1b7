"""Networks that aren't plain stacks, as a torch.nn module: normalization, dropout, residual connections.

    a_i = z_{i-1} W_i^T + b_i,   s_i = normalize(a_i),   z_i = dropout(f(s_i)) + z_{i-1} (where it fits)

Without any of them this is the network of `stack`, for which both agree; that one is faster.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from repro.counter_random import philox, unit
from repro.experiment.settings import Experiment
from repro.network.costs import COSTS
from repro.network.stack import one_hot
from repro.network.start import Weights
from repro.network.trace import Trace

STREAM = 16  # of the counter's streams: 16 + layer, for dropout


class Network(nn.Module):
    """One network. In training normalizations see the mini-batch, in evaluation what they remember."""

    def __init__(self, experiment: Experiment, weights: Weights) -> None:
        super().__init__()
        self.W = nn.ParameterList([w.clone() for w in weights.W])
        self.b = nn.ParameterList([b.clone() for b in weights.b])
        normalization = experiment.normalization.make()
        self.normalize = nn.ModuleList([normalization.module(n) for n in experiment.widths])
        self.activation = experiment.activation.make()
        self.dropout, self.residual = experiment.dropout, experiment.residual
        self.seed, self.cost = experiment.seed, experiment.cost

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.normalize)

    def layers(self) -> list[list[nn.Parameter]]:
        """Parameters by layer, the output layer's last: what one learning rate is for."""
        hidden = [
            [W, b, *normalize.parameters()]
            for W, b, normalize in zip(self.W, self.b, self.normalize, strict=False)
        ]
        return [*hidden, [self.W[-1], self.b[-1]]]

    def linear(self, i: int, z: Tensor) -> Tensor:
        """a_i of layer i = 1 ... depth + 1, [B, n]."""
        return z @ self.W[i - 1].mT + self.b[i - 1]

    def hidden(self, i: int, a: Tensor, z: Tensor, update: int | None = None) -> tuple[Tensor, Tensor]:
        """s_i and z_i of hidden layer i, from a_i and z_{i-1}; without `update` nothing is dropped."""
        s = self.normalize[i - 1](a)
        out = self.activation.f(s)
        if self.dropout and update is not None:
            out = out * self._kept(out, update, i)
        return s, out + z if self.residual and out.shape == z.shape else out

    def forward(self, x: Tensor, update: int | None = None) -> Tensor:
        """s of the output layer, [B, C]; `update` numbers the random draws of dropout."""
        z = x
        for i in range(1, self.depth + 1):
            z = self.hidden(i, self.linear(i, z), z, update)[1]
        return self.linear(self.depth + 1, z)

    def train_outputs(self, x: Tensor, update: int) -> Tensor:
        """s of the output layer in training, [1, B, C]: normalizations remember what they see."""
        self.train()
        return self(x, update)[None]

    @torch.no_grad()
    def outputs(self, x: Tensor) -> Tensor:
        """s of the output layer in evaluation, [1, B, C]."""
        self.eval()
        return self(x)[None]

    def state(self) -> dict[str, Any]:
        """Everything that the network has learned and remembers, on the CPU."""
        return {"network": {name: value.cpu().clone() for name, value in self.state_dict().items()}}

    def load(self, state: Mapping[str, Any]) -> None:
        """Set the network to a `state`. Raises RuntimeError if it is of another."""
        self.load_state_dict(state["network"])

    def _kept(self, z: Tensor, update: int, layer: int) -> Tensor:
        """1 / (1 - dropout) for the units that stay, 0 for the others: a pure function of seed and update."""
        index = torch.arange(z.numel(), device=z.device)
        kept = unit(philox(self.seed, index, update, STREAM + layer)[0]) >= self.dropout
        return kept.view_as(z).to(z.dtype) / (1 - self.dropout)

    def trace(self, x: Tensor, y: Tensor, batch: int) -> Trace:
        """As in training, in mini-batches of `batch` examples, but with nothing dropped; changes nothing."""
        network = copy.deepcopy(self).train()
        for part in network.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.running_mean = part.running_var = part.num_batches_tracked = None
                part.track_running_stats = False  # this copy remembers nothing
        parts = [network._trace(*pair) for pair in zip(x.split(batch), y.split(batch), strict=True)]
        z, _, s, da, ds = (
            [torch.cat(layer) for layer in zip(*part, strict=True)] for part in zip(*parts, strict=True)
        )
        slope = [self.activation.slope(s_i, network.activation.f(s_i)) for s_i in s[:-1]]
        W, b = ([p.detach() for p in group] for group in (self.W, self.b))

        def jacobian(i: int, n: int) -> Tensor:
            groups = z[i - 1].split(batch)
            rows = [network._row_jacobian(i, groups[k // batch], k % batch) for k in range(n)]
            return torch.stack(rows).double()

        return Trace(z, s, ds, da, slope, self.activation.max_slope, W, b, jacobian)

    @torch.enable_grad()
    def _trace(self, x: Tensor, y: Tensor) -> tuple[list[Tensor], ...]:
        """z, a, s, ∂C/∂a and ∂C/∂s by layer, for one mini-batch."""
        z, a, s = [x], [self.linear(1, x)], []
        for i in range(1, self.depth + 1):
            s_i, z_i = self.hidden(i, a[-1], z[-1])
            s.append(s_i)
            z.append(z_i)
            a.append(self.linear(i + 1, z_i))
        s.append(a[-1])
        total = COSTS[self.cost].value(s[-1], one_hot(y, s[-1])).sum()
        gradients = torch.autograd.grad(total, [*a, *s[:-1]])
        da, ds = gradients[: len(a)], [*gradients[len(a) :], gradients[len(a) - 1]]
        return tuple([t.detach() for t in part] for part in (z, a, s, da, ds))

    def _row_jacobian(self, i: int, z: Tensor, k: int) -> Tensor:
        """∂z_i/∂z_{i-1} of example k of the mini-batch z_{i-1} [B, n]; its share in statistics counts."""

        def layer(row: Tensor) -> Tensor:
            whole = torch.cat([z[:k], row[None], z[k + 1 :]])
            return self.hidden(i, self.linear(i, whole), whole)[1][k]

        return torch.func.jacrev(layer)(z[k])
