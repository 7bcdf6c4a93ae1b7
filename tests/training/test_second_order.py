"""Per-weight rates: the estimates against automatic differentiation, the updates against their definition."""

from dataclasses import replace

import pytest
import torch

from repro.experiment.settings import Experiment, Monitor, Optimizer
from repro.experiment.values import ConfigError
from repro.network.costs import COSTS
from repro.network.stack import Stack, one_hot
from repro.network.start import start
from repro.runs.folder import Run
from repro.training import checkpoint
from repro.training.engine import engine_for, kind_of
from repro.training.second_order import SecondOrder, diagonal_hessian, gradient_variance
from tests.training.test_trainer import MACHINE, SMALL, same_bits, train

B, D, C = 6, 4, 9


def experiment(depth=2, name="diagonal_hessian", **changes):
    options = changes.pop("options", ())
    return Experiment(depth=depth, width=3, init="normalized", optimizer=Optimizer(name, options), **changes)


def stack_of(e):
    weights = start(e, D, C)
    for r, b in enumerate(weights.b):  # zero biases would hide errors in them
        b += torch.linspace(-1, 1, len(b)) / (r + 2)
    return Stack.of([e], [weights], dtype=torch.float64)


def batch():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    return x, torch.randint(C, (B,), generator=generator)


def passed(stack, x, y):
    """What the estimates are computed from: z, s of the output, f', and each example's ∂C/∂s."""
    z, s = stack.forward(x)
    slope = [stack.slope(s_i, z_i) for s_i, z_i in zip(s[:-1], z[1:], strict=True)]
    delta = [COSTS[stack.cost].gradient(s[-1], one_hot(y, s[-1]))]
    for i in range(stack.depth, 0, -1):
        delta.insert(0, (delta[0] @ stack.W[i]) * slope[i - 1])
    return stack, z, s[-1], slope, delta


def cost_of(stack, x, y):
    def cost(*parameters):
        half = len(parameters) // 2
        s = Stack(list(parameters[:half]), list(parameters[half:]), stack.activations).outputs(x)
        return COSTS["nll"].value(s, one_hot(y, s)).mean()

    return cost


def exact_diagonal(stack, x, y, k):
    """∂²C/∂w² of parameter k by automatic differentiation."""
    parameters = [*stack.W, *stack.b]

    def cost(w):
        s = functional(stack, parameters, k, w).outputs(x)
        return COSTS["nll"].value(s, one_hot(y, s)).mean()

    H = torch.autograd.functional.hessian(cost, parameters[k])
    n = parameters[k].numel()
    return H.reshape(n, n).diagonal().view_as(parameters[k])


def gauss_newton_diagonal(stack, x, k):
    """Diagonal of E[Jᵀ H J], J = ∂s/∂w and H = ∂²C/∂s² with all its entries, and with its diagonal only."""
    parameters = [*stack.W, *stack.b]

    def outputs(w):
        return functional(stack, parameters, k, w).outputs(x)[0]

    J = torch.autograd.functional.jacobian(outputs, parameters[k]).flatten(2)  # [B, C, n]
    p = stack.outputs(x)[0].softmax(-1)
    H = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
    whole = torch.einsum("bcn,bcd,bdn->n", J, H, J) / B
    diagonal = torch.einsum("bcn,bc,bcn->n", J, p * (1 - p), J) / B
    return whole.view_as(parameters[k]), diagonal.view_as(parameters[k])


def functional(stack, parameters, k, w):
    mine = [w if i == k else p for i, p in enumerate(parameters)]
    half = len(mine) // 2
    return Stack(mine[:half], mine[half:], stack.activations)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softsign"])
def test_the_output_layer_has_its_exact_second_derivatives(activation):
    stack, (x, y) = stack_of(experiment(activation=activation)), batch()
    found = diagonal_hessian(*passed(stack, x, y))
    for k in (stack.depth, len(found) - 1):  # W and b
        torch.testing.assert_close(found[k], exact_diagonal(stack, x, y, k))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softsign"])
def test_one_hidden_layer_has_the_diagonal_gauss_newton_leaves(activation):
    """Exactly what remains if entries of ∂²C/∂s² beside the diagonal are dropped; with them it is another."""
    stack, (x, y) = stack_of(experiment(1, activation=activation)), batch()
    found = diagonal_hessian(*passed(stack, x, y))
    for k in (0, 2):
        whole, diagonal = gauss_newton_diagonal(stack, x, k)
        torch.testing.assert_close(found[k], diagonal)
        assert not torch.allclose(found[k], whole, rtol=0.01)


def test_below_it_follows_its_own_recursion():
    """Weight by weight, with loops; two hidden layers, where no exact diagonal is left."""
    stack, (x, y) = stack_of(experiment(2)), batch()
    z, s = stack.forward(x)
    p, W = s[-1][0].softmax(-1), [w[0] for w in stack.W]
    expected = torch.zeros_like(W[0])
    for n in range(B):
        second = p[n] * (1 - p[n])
        for i in (2, 1):
            slope = 1 - z[i][0, n] ** 2
            second = torch.stack(
                [
                    slope[j] ** 2 * sum(W[i][k, j] ** 2 * second[k] for k in range(len(second)))
                    for j in range(3)
                ]
            )
        expected += torch.outer(second, x[n] ** 2) / B
    torch.testing.assert_close(diagonal_hessian(*passed(stack, x, y))[0][0], expected)
    assert not torch.allclose(expected[None], exact_diagonal(stack, x, y, 0), rtol=0.01)


@pytest.mark.parametrize("cost", ["nll", "quadratic"])
def test_gradient_variances_are_those_of_the_examples_own_gradients(cost):
    e = experiment(name="gradient_variance", cost=cost)
    stack, (x, y) = stack_of(e), batch()
    gradients = []
    for n in range(B):
        W, b = ([p.detach().requires_grad_() for p in group] for group in (stack.W, stack.b))
        s = Stack(W, b, stack.activations).outputs(x[n : n + 1])
        value = COSTS[cost].value(s, one_hot(y[n : n + 1], s)).sum()
        gradients.append(torch.autograd.grad(value, [*W, *b]))
    for found, own in zip(gradient_variance(*passed(stack, x, y)), zip(*gradients, strict=True), strict=True):
        torch.testing.assert_close(found, torch.stack(own).var(0))


@pytest.mark.parametrize("name", ["diagonal_hessian", "gradient_variance"])
def test_updates_are_gradients_times_their_own_rates(name):
    """Against automatic differentiation and a running average written out; an estimate every other update."""
    options = (("mu", 0.02), ("decay", 0.25), ("every", 2))
    e = experiment(name=name, options=options, lr=0.3)
    estimate = {"diagonal_hessian": diagonal_hessian, "gradient_variance": gradient_variance}[name]
    x, y = (torch.stack([part] * 5) for part in batch())
    x = x * torch.arange(1, 6)[:, None, None] / 5
    stack, plain = stack_of(e), stack_of(e)
    SecondOrder(stack, torch.full((3, 1), 0.3, dtype=torch.float64), e).updates(0, x, y)
    mean, count = [torch.zeros_like(p) for p in (*plain.W, *plain.b)], 0
    for u in range(5):
        parameters = [p.detach().requires_grad_() for p in (*plain.W, *plain.b)]
        gradients = torch.autograd.grad(cost_of(plain, x[u], y[u])(*parameters), parameters)
        if u % 2 == 0:
            new = estimate(*passed(plain, x[u], y[u]))
            mean, count = [0.75 * m + 0.25 * n for m, n in zip(mean, new, strict=True)], count + 1
        for p, g, m in zip((*plain.W, *plain.b), gradients, mean, strict=True):
            p -= 0.3 * 0.02 / (m / (1 - 0.75**count) + 0.02) * g
    for mine, other in zip((*stack.W, *stack.b), (*plain.W, *plain.b), strict=True):
        torch.testing.assert_close(mine, other)


def test_without_curvature_it_is_plain_sgd():
    e = experiment(options=(("mu", 1e12),))
    x, y = (part[None] for part in batch())
    weights = start(e, D, C)
    one = engine_for([e], [weights], torch.device("cpu"))
    other = engine_for([replace(e, optimizer=Optimizer())], [weights], torch.device("cpu"))
    for engine in (one, other):
        engine.updates(0, x.float(), y)
    for mine, theirs in zip(one.state(0)["W"], other.state(0)["W"], strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("name", ["diagonal_hessian", "gradient_variance"])
def test_a_killed_run_goes_on_to_the_same_bits(name, tmp_path, monkeypatch):
    e = replace(SMALL, optimizer=Optimizer(name))
    assert kind_of(e, torch.device("cpu")) == "second_order"
    whole, killed = Run.create(tmp_path / "a", e), Run.create(tmp_path / "b", e)
    train([whole], MACHINE)
    monkeypatch.setattr("repro.training.trainer.CHECKPOINT_SECONDS", 0.0)
    saved, save = [], checkpoint.save

    def once(run, records, state):
        save(run, records, state)
        saved.append(records.update)
        if records.update >= 150:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(checkpoint, "save", once)
        train([killed], MACHINE)
    assert saved[-1] == 150
    train([killed], MACHINE)
    same_bits(whole, killed)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"normalization": "batch"}, "plain networks only"),
        ({"cost": "quadratic"}, "cost = quadratic"),
        ({"name": "gradient_variance", "batch_size": 1}, "batch_size = 1"),
    ],
)
def test_what_it_cannot_do_is_refused(changes, said):
    e = experiment(**changes, monitor=Monitor())
    with pytest.raises(ConfigError, match=said):
        SecondOrder(Stack.initialize([e], D, C), torch.ones(3, 1), e)


@pytest.mark.parametrize(
    ("options", "said"),
    [((("mu", 0.0),), "options.mu = 0"), ((("decay", 2),), "decay"), ((("evry", 2),), "unknown key")],
)
def test_impossible_options_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        Optimizer("diagonal_hessian", options)


def test_options_at_their_defaults_are_part_of_the_value():
    assert Optimizer("diagonal_hessian") == Optimizer("diagonal_hessian", (("every", 10), ("mu", 0.001)))
