import pytest
import torch
from torch.nn import functional

from repro.experiment.settings import COSTS as NAMES
from repro.network.costs import COSTS


@pytest.fixture
def outputs():
    generator = torch.Generator().manual_seed(0)
    s = torch.randn(4, 5, 9, generator=generator, dtype=torch.float64) * 3
    return s, functional.one_hot(torch.randint(9, (4, 5), generator=generator), 9).double()


def test_every_name_of_the_configuration_has_a_cost():
    assert tuple(COSTS) == NAMES


@pytest.mark.parametrize("name", COSTS)
def test_gradient_is_the_derivative(name, outputs):
    s, target = outputs
    s.requires_grad_()
    (expected,) = torch.autograd.grad(COSTS[name].value(s, target).sum(), s)
    torch.testing.assert_close(COSTS[name].gradient(s.detach(), target), expected)


def test_nll_is_torchs_cross_entropy(outputs):
    s, target = outputs
    expected = functional.cross_entropy(s.flatten(0, 1), target.argmax(-1).flatten(), reduction="none")
    torch.testing.assert_close(COSTS["nll"].value(s, target).flatten(), expected)


def test_quadratic_cost_of_a_sure_answer():
    target = torch.tensor([1.0, 0.0])
    assert COSTS["quadratic"].value(torch.tensor([100.0, -100.0]), target).item() == 0
    assert COSTS["quadratic"].value(torch.tensor([-100.0, 100.0]), target).item() == 2
    assert COSTS["quadratic"].value(torch.zeros(2), target).item() == 0.5


def test_a_far_off_answer_has_a_finite_cost_and_gradient():
    s, target = torch.tensor([1e4, -1e4]), torch.tensor([0.0, 1.0])
    assert COSTS["nll"].value(s, target).item() == 2e4
    assert COSTS["nll"].gradient(s, target).tolist() == [1.0, -1.0]


def test_quadratic_cost_is_that_of_each_example(outputs):
    s, target = outputs
    expected = ((s.exp() / s.exp().sum(-1, keepdim=True) - target) ** 2).sum(-1)
    torch.testing.assert_close(COSTS["quadratic"].value(s, target), expected)
