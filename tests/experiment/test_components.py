import subprocess
import sys
import textwrap

import pytest
import torch

from repro.experiment import components
from repro.experiment.components import Activation, Component
from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError


def test_names_are_those_of_the_files():
    assert {"tanh", "relu", "softsign"} < set(components.names("activation"))
    assert "standard" in components.names("init")


def test_a_component_knows_all_of_its_options():
    leaky = Activation("leaky_relu")
    assert leaky.options == (("negative_slope", 0.01),)
    assert str(leaky) == "leaky_relu"
    assert str(Activation("leaky_relu", (("negative_slope", 0.5),))) == "leaky_relu(negative_slope=0.5)"
    assert leaky == Activation("leaky_relu", (("negative_slope", 0.01),))


@pytest.mark.parametrize("kind", ["activation", "init", "normalization"])
def test_plain_values_come_back(kind):
    cls = {c.kind: c for c in Component.__subclasses__()}[kind]
    for name in components.names(kind):
        assert cls.from_plain(cls(name).to_plain()) == cls(name)


def test_naming_and_checking_does_not_import_torch():
    code = "import sys; from repro.experiment import compose; compose.compose_all([['activation=gelu']])"
    code += "; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def one_more_file(tmp_path, monkeypatch):
    """The recipe of the README: a file in the folder of its kind, and nothing else."""
    package = components.import_module(components.PACKAGES["activation"])
    text = '''
        """max(0, s)²."""
        from dataclasses import dataclass
        from repro.network.activations import Activation

        @dataclass(frozen=True)
        class SquaredRelu(Activation):
            scale: float = 1.0

            def f(self, s):
                return self.scale * s.clamp(min=0).square()

            def slope(self, s, z):
                return 2 * self.scale * s.clamp(min=0)
    '''
    (tmp_path / "squared_relu.py").write_text(textwrap.dedent(text))
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    components.names.cache_clear()
    yield
    monkeypatch.undo()
    components.names.cache_clear()
    components.load.cache_clear()


def test_a_new_activation_is_one_file(one_more_file):
    experiment = Experiment(activation=Activation("squared_relu", (("scale", 0.5),)))
    assert "squared_relu" in experiment.run_id
    assert experiment.activation.make().f(torch.tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]


def test_a_file_without_a_class_is_named(one_more_file, tmp_path):
    (tmp_path / "nothing.py").write_text("x = 1\n")
    components.names.cache_clear()
    with pytest.raises(ConfigError, match=r"nothing\.py: expected one class, found 0"):
        Activation("nothing")
