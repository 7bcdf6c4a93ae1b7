from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.runs import Run
from repro.runs.quantities import DENSITIES, QUANTITIES
from repro.training.trainer import train


def test_every_quantity_that_is_measured_is_explained_and_no_other(tmp_path):
    settings = Monitor(examples=20, batch=10, jacobian_examples=1)
    run = Run.create(
        tmp_path, Experiment(depth=1, width=8, updates=0, n_valid=20, n_test=20, monitor=settings)
    )
    train([run], Machine(device="cpu"))
    assert set(run.monitor["quantity"]) == set(QUANTITIES)
    assert {key.split("/")[0] for key in run.histograms} == set(DENSITIES)
