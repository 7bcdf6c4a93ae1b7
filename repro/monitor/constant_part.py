"""What a layer says whatever its input is, and what depends on the input (section 3.1, claim C6).

The input of a layer's non-linearity is a constant part and a varying one, s = (b + W m) + W (z - m), where m
is the mean of the layer's inputs z over the monitored examples. b and W m act alike, but under plain SGD W m
learns Σ m² times as fast as b: each step adds to W the step of b times the input.
"""

from torch import Tensor

from repro.monitor.hidden_units import Rows
from repro.network.trace import Trace


def measure(trace: Trace, prior: Tensor | None = None) -> Rows:
    """For each layer with its weights, 1 to depth + 1, in units of s (of a, where that is normalized):

    s_constant   root mean square of b + W m over the layer's units (b alone: b_norm / √units)
    s_of_mean    that of W m alone
    s_varying    that of W (z - m) over units and examples
    input_square Σ m² over the layer's inputs

    With `prior`, frequencies of the classes [C], all above 0, also the rows of `beside` (layer depth + 1).
    """
    rows: Rows = []
    for layer, (z, W, b) in enumerate(zip(trace.z, trace.W, trace.b, strict=True), start=1):
        mean, varying = parts(z, W)
        rows += [
            (layer, "s_constant", _rms(b.double() + mean)),
            (layer, "s_of_mean", _rms(mean)),
            (layer, "s_varying", _rms(varying)),
            (layer, "input_square", z.double().mean(0).square().sum().item()),
        ]
    if prior is not None:
        found = beside(prior, trace.s[-1], trace.b[-1], mean)
        rows += [(len(trace.W), name, value) for name, value in found.items()]
    return rows


def parts(z: Tensor, W: Tensor) -> tuple[Tensor, Tensor]:
    """W m [n] as float64 and W (z - m) [B, n], of z [B, D] and W [n, D].

    The mean is taken off before the product: where it is large, the rest would be lost in its digits.
    """
    m = z.double().mean(0)
    return W.double() @ m, (z.double() - m).to(W.dtype) @ W.mT


def beside(prior: Tensor, s: Tensor, b: Tensor, of_mean: Tensor) -> dict[str, float]:
    """How near outputs s [B, C] and their constant part b + W m [C] are to the classes' frequencies [C].

    prior_kl: Σ π log(π / P) with P the mean of softmax(s) over examples, nats: how much more the answer P
    costs than π does. prior_kl_constant: the same for P = softmax(b + W m). prior_of_bias, prior_of_mean: how
    far b alone and W m alone have come towards log π, by projection; 1 in sum where b + W m gives π, and nan
    where all classes are equally frequent. A constant added to all outputs changes none of them.
    """
    prior = prior.to(s.device).double()
    log_prior = prior.log()
    answers = {"": s.double().softmax(-1).mean(0).log(), "_constant": (b.double() + of_mean).log_softmax(-1)}
    rows = {f"prior_kl{of}": (prior * (log_prior - P)).sum().item() for of, P in answers.items()}
    goal = log_prior - log_prior.mean()
    length = goal.square().sum()
    for name, vector in (("bias", b.double()), ("mean", of_mean)):
        far = length > 1e-9  # rounding aside
        rows[f"prior_of_{name}"] = (vector @ goal / length).item() if far else float("nan")
    return rows


def _rms(values: Tensor) -> float:
    return values.double().square().mean().sqrt().item()
