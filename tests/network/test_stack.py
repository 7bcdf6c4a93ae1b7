import pytest
import torch
from torch.nn import functional

from repro.experiment.settings import Experiment
from repro.network.stack import Stack, evaluate, scores

B, D, C = 6, 12, 9


def stack_of(activations, widths=(8, 5, 7), dtype=torch.float64, seeds=None):
    experiments = [
        Experiment(
            activation=a, init=("standard", "normalized")[r % 2], depth=len(widths), width=widths, seed=r
        )
        for r, a in enumerate(activations)
    ]
    stack = Stack.initialize(experiments, D, C, dtype=dtype)
    for r, b in enumerate(stack.b):  # zero biases would hide errors in them
        b += torch.linspace(-1, 1, b.numel(), dtype=dtype).view_as(b) / (r + 2)
    return stack


@pytest.fixture
def examples():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(B, D, generator=generator, dtype=torch.float64)
    return x, torch.randint(C, (B,), generator=generator)


def test_shapes_and_zero_biases():
    stack = Stack.initialize([Experiment(depth=2, width=(4, 6))] * 3, D, C)
    assert [tuple(W.shape) for W in stack.W] == [(3, 4, D), (3, 6, 4), (3, C, 6)]
    assert all((b == 0).all() for b in stack.b)
    assert (len(stack), stack.depth) == (3, 2)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign"])
def test_forward_is_that_of_torch_modules(activation, examples):
    stack = stack_of([activation])
    module = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "softsign": torch.nn.Softsign}[activation]
    layers = []
    for W, b in zip(stack.W, stack.b, strict=True):
        linear = torch.nn.Linear(W.shape[2], W.shape[1], dtype=torch.float64)
        linear.weight.data, linear.bias.data = W[0], b[0]
        layers += [linear, module()]
    reference = torch.nn.Sequential(*layers[:-1])
    z, s = stack.forward(examples[0])
    torch.testing.assert_close(s[-1][0], reference(examples[0]).detach())
    assert len(z) == stack.depth + 1


def test_members_of_a_mixed_stack_are_computed_as_if_alone(examples):
    stack = stack_of(["tanh", "sigmoid", "sigmoid", "softsign"])
    z, s = stack.forward(examples[0])
    for r in range(len(stack)):
        alone = stack.member(r).trace(*examples)
        for whole, part in zip([*z[1:], *s], [*alone.z[1:], *alone.s], strict=True):
            torch.testing.assert_close(whole[r], part, rtol=0, atol=1e-13)
        slope = [stack.slope(s_i, z_i)[r] for s_i, z_i in zip(s[:-1], z[1:], strict=True)]
        torch.testing.assert_close(slope, alone.slope, rtol=0, atol=1e-13)


def test_each_network_may_have_its_own_inputs(examples):
    """As in training, where seeds see different examples: [R, B, D]."""
    stack = stack_of(["tanh", "sigmoid"])
    x = torch.stack([examples[0], examples[0].flip(0)])
    z, s = stack.forward(x)
    assert [tuple(z_i.shape) for z_i in z] == [(2, B, n) for n in (D, 8, 5, 7)]
    for r in range(2):
        torch.testing.assert_close(s[-1][r], stack.member(r).outputs(x[r])[0])


def test_a_member_is_a_stack_of_one():
    stack = stack_of(["tanh", "sigmoid", "tanh"])
    for r in range(3):
        alone = stack.member(r)
        assert len(alone) == 1 and alone.cost == stack.cost
        assert torch.equal(alone.W[1], stack.W[1][r : r + 1]) and torch.equal(
            alone.b[1], stack.b[1][r : r + 1]
        )


def test_a_state_is_a_copy_that_loads_into_another_stack():
    stack, other = stack_of(["tanh", "tanh"]), stack_of(["sigmoid", "sigmoid"])
    state = stack.state()
    W = [w.clone() for w in stack.W]
    for w in [*other.W, *other.b]:
        w.fill_(7)
    other.load(state)
    for mine, theirs in zip([*stack.W, *stack.b], [*other.W, *other.b], strict=True):
        assert torch.equal(mine, theirs)
    for w in [*stack.W, *stack.b]:
        w.zero_()
    assert all(torch.equal(w, v) for w, v in zip(W, state["W"], strict=True))
    assert all((b != 0).any() for b in state["b"])
    with pytest.raises(ValueError, match="zip"):
        other.load({"W": state["W"], "b": state["b"][:-1]})


def test_costs_are_log_likelihoods_unless_said_otherwise():
    stack = stack_of(["tanh"])
    assert Stack(stack.W, stack.b, stack.activations).cost == "nll"


def test_a_member_shares_its_memory():
    stack = stack_of(["tanh", "tanh"])
    stack.member(1).W[0].zero_()
    assert (stack.W[0][1] == 0).all()
    assert (stack.W[0][0] != 0).any()


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign"])
def test_back_propagation_is_the_derivative_by_finite_differences(activation, examples):
    """∂C/∂s of eq. 2, perturbing each s in turn by way of its bias (s = ... + b)."""
    x, y = examples
    stack = stack_of([activation])
    done, step = stack.trace(x, y), 1e-6
    for b, ds in zip(stack.b, done.ds, strict=True):
        for unit in range(b.shape[1]):
            b[0, unit] += step
            above = evaluate(stack, x, y)[0]
            b[0, unit] -= 2 * step
            below = evaluate(stack, x, y)[0]
            b[0, unit] += step
            slope = (above - below).item() / (2 * step)
            assert ds[:, unit].sum().item() == pytest.approx(slope, abs=1e-7)


def test_evaluate_is_cross_entropy_and_error_count(examples):
    x, y = examples
    stack = stack_of(["tanh", "softsign"])
    cost, errors, predicted = evaluate(stack, x, y)
    logits = stack.forward(x)[1][-1]
    for r in range(2):
        assert cost[r].item() == pytest.approx(functional.cross_entropy(logits[r], y, reduction="sum").item())
        assert predicted[r].tolist() == logits[r].argmax(-1).tolist()
        assert errors[r].item() == (logits[r].argmax(-1) != y).sum().item()


def test_costs_of_many_examples_are_summed_in_double(examples):
    """Ten thousand costs of which one is large: the small ones count."""
    s = torch.zeros(20_000, 2)
    s[0, 1] = 3e6
    total = scores(s, torch.zeros(20_000, dtype=torch.int64), "nll")[0].item()
    assert total == pytest.approx(3e6 + 19_999 * 0.6931471824645996, rel=1e-12)


def test_jacobians_of_a_stack_in_float32_are_in_double(examples):
    """Products of the slopes and weights as they are, not rounded again."""
    stack = stack_of(["tanh"], dtype=torch.float32)
    trace = stack.trace(examples[0].float(), examples[1])
    J = trace.jacobian(2, 3)
    assert J.dtype == torch.float64
    wanted = trace.slope[1][:3].double()[:, :, None] * stack.W[1][0].double()
    assert torch.equal(J, wanted)


def test_scores_take_any_leading_axes(examples):
    logits = torch.randn(2, 3, B, C, generator=torch.Generator().manual_seed(1))
    y = torch.randint(C, (3, B), generator=torch.Generator().manual_seed(2))
    cost, errors, _ = scores(logits, y, "nll")
    assert cost.shape == errors.shape == (2, 3)
    expected = functional.cross_entropy(logits[1, 2], y[2], reduction="sum").item()
    assert cost[1, 2].item() == pytest.approx(expected, rel=1e-6)
