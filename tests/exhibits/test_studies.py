"""What single studies say of made-up runs."""

import numpy as np
import pytest

from repro.evidence import EvidenceError
from repro.evidence.fixed_set import NETWORK, SVM
from repro.exhibits import load, runs_of
from repro.experiment.components import Baseline
from repro.experiment.settings import Dataset, Optimizer
from repro.reproduce import experiments_of

GROW, SHRINK = (400, 700, 1000, 1300, 1600), (1600, 1300, 1000, 700, 400)


def test_pyramids_compare_the_initializations_within_each_shape(fake):
    ends = {GROW: (0.75, 0.72), 1000: (0.74, 0.70), SHRINK: (0.73, 0.68)}
    runs = [
        fake(width=width, init=init, last=last)
        for width, both in ends.items()
        for init, last in zip(("standard", "normalized"), both, strict=True)
    ]
    tables = load("pyramids").tables(runs)
    gains = tables["gains"].set_index("shape")["gain"].to_dict()
    assert gains == pytest.approx({"grow": 3, "equal": 4, "shrink": 5})
    with pytest.raises(EvidenceError, match="no run with"):
        load("pyramids").tables(runs[:2])


def test_one_object_splits_the_errors_of_the_usual_task(fake, tmp_path):
    runs = []
    for init in ("standard", "normalized"):
        run = fake(root=tmp_path, init=init, n_test=900)
        labels = (np.arange(900) % 9).astype(np.uint8)
        predicted = np.where(labels < 3, labels, 8).astype(np.uint8)  # right with one object, and on class 8
        run.write_arrays("predictions", {"predicted": predicted, "label": labels})
        runs += [run, fake(root=tmp_path, init=init, dataset=Dataset("shapeset_one_object"), last=0.2)]
    parts = load("one_object").tables(runs)["parts"].set_index(["init", "objects"])["error"]
    for init in ("standard", "normalized"):
        assert parts[init, "one"] == 0 and parts[init, "two"] == pytest.approx(100 * 5 / 6)


def test_each_cost_at_its_own_best_rate(fake):
    runs = [
        fake(lr=0.01, last=0.74),
        fake(lr=0.1, last=0.76),
        fake(cost="quadratic", lr=0.01, last=0.83),
        fake(cost="quadratic", lr=0.1, last=0.75),
    ]
    tables = load("two_costs").tables(runs)
    rates = tables["runs"].set_index("network")["lr"].to_dict()
    assert rates == {"Cross-entropy": 0.01, "Quadratic": 0.1}
    assert len(tables["rates"].groupby(["cost", "rate"])) == 4
    escapes = tables["escapes"].set_index("cost")["examples"]
    curve = tables["points"].query("cost == 'nll'")
    assert escapes["nll"] == curve.loc[curve["error"] < 100 * (1 - 1 / 6) - 5, "examples"].min()


def test_each_method_at_its_best_options_and_rate(fake):
    def method(name, mu, lr, last, init="standard"):
        options = () if mu is None else (("mu", mu),)
        return fake(optimizer=Optimizer(name, options), lr=lr, last=last, init=init)

    runs = [
        method(name, mu, lr, last, init)
        for init, better in (("standard", 0), ("normalized", 0.03))
        for name, mu, lr, last in (
            ("sgd", None, 0.01, 0.74 - better),
            ("diagonal_hessian", 1e-3, 0.01, 0.73),
            ("diagonal_hessian", 1e-5, 0.01, 0.75),
            ("diagonal_hessian", 1e-5, 0.1, 0.70 - better),
            ("gradient_variance", 1e-3, 0.01, 0.76),
        )
    ]
    tables = load("second_order").tables(runs)
    chosen = tables["runs"].drop_duplicates("network").set_index("network")[["mu", "lr"]]
    assert chosen.loc["Tanh, diagonal Hessian"].tolist() == [1e-5, 0.1]
    assert chosen.loc["Tanh, gradient variance"].tolist() == [1e-3, 0.01]
    gains = tables["gains"].set_index(["init", "method"])["gain"]
    assert gains["standard", "diagonal_hessian"] == pytest.approx(4)
    assert gains["standard", "gradient_variance"] == pytest.approx(-2)
    with pytest.raises(EvidenceError, match="optimizer=gradient_variance"):
        load("second_order").tables([run for run in runs if "variance" not in run.experiment.optimizer.name])


def test_all_methods_take_the_largest_set_that_both_learned_from(fake):
    runs = [fake(activation="sigmoid", depth=d) for d in (4, 5)]
    runs += [fake(activation=a, init=i) for a in ("tanh", "softsign") for i in ("standard", "normalized")]
    runs += [fake(init="normalized", pretraining="denoising", last=0.65)]
    runs += [fake(init="normalized", n_train=n, last=0.6) for n in (1000, 2000)]
    runs += [fake(baseline=Baseline("svm"), n_train=n, last=0.7) for n in (1000, 2000, 4000)]
    points = load("shapeset_methods").tables(runs)["points"]
    fixed = points[points["examples"] > 0]
    assert fixed["model"].tolist() == [SVM, NETWORK] and set(fixed["examples"]) == {2000}
    theirs = points.set_index("model")["paper"]
    assert theirs[NETWORK] == 50.47 and theirs["Tanh N"] == 15.60 and theirs["Sigmoid depth 5"] == 82.61
    assert 11 < theirs["Pre-training"] < 11.5


def test_what_a_study_needs_depends_on_the_scale():
    assert runs_of("svm", "quick") == load("svm").RUNS != runs_of("svm", "lab")
    sizes = {e.n_train for e, _ in experiments_of("svm", "lab", [])}
    assert max(sizes) == 100_000
    options = [(dict(e.baseline.options), e.n_train) for e, _ in experiments_of("svm", "lab", [])]
    slow = [n for own, n in options if own.get("library") == "scikit-learn"]
    assert slow == [8000]  # the slow library never gets the largest set
    assert runs_of("pyramids", "lab") == runs_of("pyramids", "quick")


@pytest.mark.parametrize("scale", ["smoke", "quick", "lab"])
@pytest.mark.parametrize("name", ["svm", "shapeset_methods"])
def test_what_is_stopped_early_is_validated_all_along(name, scale):
    networks = [e for e, _ in experiments_of(name, scale, []) if e.network and e.n_train]
    assert networks and {e.valid_every for e in networks} == {None}


def test_the_pictures_are_as_seen(fake):
    """Arrays are [x][y]: a shape that is wide in them is wide in the picture."""
    kinds = ({"init": "normalized"}, {"activation": "sigmoid"})
    runs = [fake(pretraining="denoising", **kind) for kind in kinds]
    images = load("autoencoders").tables(runs)["images"]
    own = images.query("activation == 'tanh' and kind == 'input' and number == 0 and value > 0")
    assert own["x"].nunique() == 16 and own["y"].nunique() == 4
