"""An SVM and a network on a fixed set: early stopping, the choice of a rate, libraries side by side."""

import pytest

from repro.evidence import EvidenceError, fixed_set
from repro.evidence.fixed_set import NETWORK, SVM
from repro.experiment.components import Baseline
from repro.runs.folder import CURVE_COLUMNS, Run


def curve(run, rows):
    """Give a run this curve: update, valid, test (shares)."""
    table = [(u, split, 1.0, e) for u, valid, test in rows for split, e in (("valid", valid), ("test", test))]
    run.write_table("curve", CURVE_COLUMNS, table)
    return Run(run.path)


def network(fake, root, rows, **settings):
    return curve(fake(root=root, init="normalized", n_train=1000, **settings), rows)


def svm(fake, root, library="auto", **settings):
    return fake(root=root, baseline=Baseline("svm", (("library", library),)), n_train=1000, **settings)


def test_a_network_is_stopped_where_its_validation_error_is_lowest(fake, tmp_path):
    rows = [(0, 0.1, 0.1), (5000, 0.7, 0.72), (10_000, 0.6, 0.63), (15_000, 0.65, 0.55)]
    run = network(fake, tmp_path, rows)
    (row,) = fixed_set.points([run]).to_dict("records")
    assert row["model"] == NETWORK and row["update"] == 10_000
    assert row["error"] == pytest.approx(63) and row["valid"] == pytest.approx(60)
    assert row["passes"] == pytest.approx(100)
    assert row["low"] < 63 < row["high"] and row["examples"] == 1000


def test_the_rate_is_the_one_with_the_lowest_validation_error(fake, tmp_path):
    """Averaged over seeds; the test error would choose otherwise."""
    one = [network(fake, tmp_path, [(5000, 0.60 + s / 10, 0.50)], seed=s, lr=0.01) for s in (0, 1)]
    other = [network(fake, tmp_path, [(5000, 0.62 + s / 100, 0.70)], seed=s, lr=0.03) for s in (0, 1)]
    found = fixed_set.points([*one, *other])
    assert found["lr"].unique().tolist() == [0.03] and found["seed"].tolist() == [0, 1]


def test_an_svm_with_its_settings(fake, tmp_path):
    run = svm(fake, tmp_path, last=0.6)
    (row,) = fixed_set.points([run]).to_dict("records")
    assert (row["model"], row["C"], row["gamma"], row["library"]) == (SVM, 10.0, 0.03, "a library 1.0")
    assert row["error"] == pytest.approx(60)


def test_the_same_machine_by_two_libraries(fake, tmp_path):
    auto, checked = svm(fake, tmp_path, last=0.6), svm(fake, tmp_path, "scikit-learn", last=0.61)
    unlike = svm(fake, tmp_path, "scikit-learn", seed=1)
    assert len(fixed_set.points([auto, checked, unlike])) == 1  # what checks is no result of its own
    (row,) = fixed_set.checks([auto, checked, unlike]).to_dict("records")
    assert row["error"] == pytest.approx(60) and row["error_other"] == pytest.approx(61)
    assert row["differ"] == pytest.approx(1.0)
    assert fixed_set.checks([auto]).empty


def test_an_unfinished_run_is_named(fake, tmp_path):
    run = svm(fake, tmp_path)
    (run.path / "result.json").unlink()
    with pytest.raises(EvidenceError, match=f"{run.path.name} is"):
        fixed_set.points([Run(run.path)])
    with pytest.raises(EvidenceError, match="no run on a fixed set"):
        fixed_set.points([])


def test_the_papers_two_numbers():
    found = fixed_set.papers().set_index("model")["error"].to_dict()
    assert found == {SVM: 59.47, NETWORK: 50.47}
