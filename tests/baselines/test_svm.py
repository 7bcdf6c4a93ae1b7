"""The SVM: both libraries, the choice of C and γ, the run folder, and going on after a stop."""

import json
from dataclasses import replace

import numpy as np
import pytest

from repro.baselines import Diary, Examples
from repro.baselines import svm as module
from repro.baselines.svm import Svm
from repro.experiment.components import Baseline
from repro.experiment.machine import Machine
from repro.experiment.settings import Dataset, Experiment
from repro.experiment.values import ConfigError
from repro.runs import Run, collect
from repro.training.trainer import train

pytest.importorskip("sklearn")
MACHINE = Machine(device="cpu", threads=1)
OPTIONS = (("C", (1.0, 10.0)), ("gamma", (0.01, 0.03)), ("tune", 60), ("library", "scikit-learn"))
E = Experiment(baseline=Baseline("svm", OPTIONS), n_train=120, n_valid=200, n_test=310)


def rings(n, seed):
    """Two classes that no line can tell apart."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2)).astype(np.float32)
    return Examples(x, ((x**2).sum(1) > 1.4).astype(np.int64))


SETS = rings(300, 0), rings(400, 1), rings(500, 2)


def test_it_learns_what_no_line_can_tell_apart():
    found = Svm(C=(10.0,), gamma=(1.0,), library="scikit-learn").fit(*SETS, Diary())
    assert (found.test != SETS[2].y).mean() < 0.06
    assert (found.valid != SETS[1].y).mean() < 0.06


def test_the_pair_with_the_lowest_validation_error_is_fitted_to_all():
    kept = []
    svm = Svm(C=(0.01, 10.0), gamma=(1e-4, 1.0), tune=100, library="scikit-learn")
    found = svm.fit(*SETS, Diary((), kept.append))
    assert [(row["C"], row["gamma"]) for row in kept] == [
        (0.01, 1e-4),
        (0.01, 1.0),
        (10.0, 1e-4),
        (10.0, 1.0),
    ]
    best = min(kept, key=lambda row: row["valid_error"])
    assert (found.about["C"], found.about["gamma"]) == (best["C"], best["gamma"]) == (10.0, 1.0)
    assert {row["n"] for row in kept} == {100}
    alone = Svm(C=(10.0,), gamma=(1.0,), library="scikit-learn").fit(*SETS, Diary())
    assert np.array_equal(found.test, alone.test)


def test_the_test_set_has_no_say():
    train_set, valid, test = SETS
    turned = Examples(test.x, 1 - test.y)
    svm = Svm(C=(0.01, 10.0), gamma=(1e-4, 1.0), library="scikit-learn")
    one, other = (svm.fit(train_set, valid, t, Diary()) for t in (test, turned))
    assert one.about["C"] == other.about["C"] and np.array_equal(one.test, other.test)


def test_both_libraries_find_the_same_machine():
    """Two independent solvers of one convex problem."""
    pytest.importorskip("sklearnex")
    libraries = ("scikit-learn", "scikit-learn-intelex")
    one, other = (Svm(C=(10.0,), gamma=(1.0,), library=name).fit(*SETS, Diary()) for name in libraries)
    assert (one.test != other.test).mean() <= 0.004
    assert one.about["library"].split()[0] != other.about["library"].split()[0]


def test_a_run_folder_like_any_other(tmp_path):
    run = Run.create(tmp_path, E)
    train([run], MACHINE)
    again = Run(run.path)
    assert again.experiment == E and again.state == "finished" and again.complete
    predicted, labels = again.predictions
    result = again.read_json("result")
    assert result["test_error"] == pytest.approx((predicted != labels).mean()) and len(labels) == 310
    assert result["test_error"] < 0.82  # of a constant answer: .833
    assert {"C", "gamma", "support_vectors", "library", "fit_seconds"} <= set(result)
    assert again.curve["split"].tolist() == ["valid", "test"]
    assert again.curve["error"].tolist() == [result["valid_error"], result["test_error"]]
    assert len(again.read_json("provenance")["segments"]) == 1
    assert collect(tmp_path)["baseline"].tolist() == ["svm"]


class Killed(BaseException):
    pass


def test_fits_that_were_made_are_not_made_again(tmp_path, monkeypatch):
    whole, killed = Run.create(tmp_path / "a", E), Run.create(tmp_path / "b", E)
    train([whole], MACHINE)
    made, real = [], module.import_module("sklearn.svm").SVC

    def counted(**settings):
        made.append((settings["C"], settings["gamma"]))
        if len(made) == 4:
            raise Killed
        return real(**settings)

    monkeypatch.setattr("sklearn.svm.SVC", counted)
    with pytest.raises(Killed):
        train([killed], MACHINE)
    train([killed], MACHINE)
    assert made[:4] == [(1.0, 0.01), (1.0, 0.03), (10.0, 0.01), (10.0, 0.03)]
    best = whole.read_json("result")
    assert made[4:] == [(10.0, 0.03), (best["C"], best["gamma"])]
    assert (whole.path / "curve.csv").read_text() == (killed.path / "curve.csv").read_text()


def test_a_damaged_diary_is_named(tmp_path):
    run = Run.create(tmp_path, E)
    (run.path / "tuning.csv").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"tuning\.csv is damaged"):
        train([run], MACHINE)
    assert json.loads((run.path / "status.json").read_text())["state"] == "failed"


def test_a_library_that_is_not_there(monkeypatch):
    monkeypatch.setattr(module.util, "find_spec", lambda name: None)
    with pytest.raises(
        ConfigError, match=r"scikit-learn-intelex: not installed here; pip install -e '\.\[svm\]'"
    ):
        Svm(library="scikit-learn-intelex").fit(*SETS, Diary())


def test_what_only_a_network_has_does_not_tell_machines_apart():
    assert replace(E, depth=3, width=7, lr=0.5, updates=9, cost="quadratic") == E
    assert E.run_id.startswith("shapeset-svm-n120-s0-")
    changes = ({"n_train": 121}, {"seed": 1}, {"n_valid": 201}, {"dataset": Dataset(low=-1.0)})
    assert len({replace(E, **change).run_id for change in changes} | {E.run_id}) == 5
    for key, value in (("C", (1.0,)), ("gamma", (0.5,)), ("tune", 61), ("library", "auto")):
        other = Baseline("svm", tuple({**dict(OPTIONS), key: value}.items()))
        assert replace(E, baseline=other).run_id != E.run_id


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"C": ()}, "baseline.C"),
        ({"gamma": (0.0,)}, "baseline.gamma"),
        ({"tune": 0}, "baseline.tune"),
        ({"library": "libsvm"}, "baseline.library"),
    ],
)
def test_impossible_options_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        Baseline("svm", tuple(options.items()))


def test_it_needs_a_fixed_set():
    with pytest.raises(ConfigError, match="n_train = None"):
        Experiment(baseline="svm")
