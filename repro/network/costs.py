"""What is minimised: a cost per example, from the outputs s of the last layer with P = softmax(s)."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Cost:
    """`value(s, target)` is the cost per example, [...]; `gradient(s, target)` is ∂C/∂s, [..., C].

    `s`, `target` [..., C]: outputs of the last layer and the labels as one-hot rows.
    """

    value: Callable[[Tensor, Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor], Tensor]


def _quadratic(s: Tensor, target: Tensor) -> Tensor:
    return (s.softmax(-1) - target).square().sum(-1)


def _quadratic_gradient(s: Tensor, target: Tensor) -> Tensor:
    p = s.softmax(-1)
    by_p = 2 * (p - target)
    return p * (by_p - (by_p * p).sum(-1, keepdim=True))  # softmax: ∂p_k/∂s_l = p_k (δ_kl - p_l)


COSTS = {
    "nll": Cost(
        value=lambda s, target: -(s.log_softmax(-1) * target).sum(-1),
        gradient=lambda s, target: s.softmax(-1) - target,
    ),
    "quadratic": Cost(_quadratic, _quadratic_gradient),
}
"""By name, as in `repro.experiment.settings.COSTS`: -log P(y | x), and Σ (P - target)² (section 4.1)."""
