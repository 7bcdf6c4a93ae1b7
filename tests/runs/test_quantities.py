import pytest

from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.runs import DENSITIES, MECHANISMS, QUANTITIES, Run
from repro.training.trainer import train


@pytest.mark.parametrize("mechanisms", [False, True])
def test_every_quantity_that_is_measured_is_explained_and_no_other(tmp_path, mechanisms):
    settings = Monitor(examples=20, batch=10, jacobian_examples=1, mechanisms=mechanisms)
    experiment = Experiment(depth=1, width=8, updates=0, n_valid=20, n_test=20, monitor=settings)
    run = Run.create(tmp_path, experiment)
    train([run], Machine(device="cpu"))
    assert set(run.monitor["quantity"]) == {*QUANTITIES, *(MECHANISMS if mechanisms else ())}
    assert {key.split("/")[0] for key in run.histograms} == set(DENSITIES)
