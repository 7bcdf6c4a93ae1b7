"""Which exhibits can be drawn from which runs."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from repro import exhibits
from repro.experiment import compose
from repro.experiment.settings import Dataset, Monitor
from repro.experiment.values import ConfigError
from repro.report.study import Study, complete_runs, study
from repro.reproduce import experiments_of
from repro.runs import Run


@pytest.fixture
def make(fake, tmp_path):  # type: ignore[no-untyped-def]
    """Make the runs of an exhibit with these settings changed; returns them."""

    def made(name: str, scale: str = "quick", **changes: object) -> list[Run]:
        experiments = [replace(e, **changes) for e, _ in experiments_of(name, scale, [])]  # type: ignore[arg-type]
        return [fake(root=tmp_path / "runs", **vars(experiment)) for experiment in experiments]

    return made


def found(tmp_path: Path, *names: str, scales: tuple[str, ...] = ("quick", "lab")) -> Study:
    return study(complete_runs([tmp_path / "runs"]), scales, names)


def test_an_exhibit_with_all_its_runs_is_drawn_and_the_others_are_named(make, tmp_path):
    runs = make("fig02")
    both = found(tmp_path, "fig02", "fig03")
    assert [part.key for part in both.parts] == ["quick/fig02"]
    assert {run.path for run in both.parts[0].runs} == {run.path for run in runs}
    assert list(both.missing) == ["fig03"]
    assert "softsign" in both.missing["fig03"] or "tanh" in both.missing["fig03"]


def test_an_exhibit_that_lacks_one_network_is_not_drawn(make, tmp_path):
    runs = make("fig02")
    (runs[0].path / "result.json").unlink()
    assert found(tmp_path, "fig02").parts == ()


def test_what_was_not_measured_is_missing(make, tmp_path):
    (run, *others) = make("layers_in_training", monitor=Monitor(every=2000))
    assert found(tmp_path, "layers_in_training").parts == ()
    make("layers_in_training")
    (part,) = found(tmp_path, "layers_in_training").parts
    assert not {own.path for own in part.runs} & {own.path for own in (run, *others)}


def test_more_is_shown_where_it_is_and_not_missed(make, fake, tmp_path, monkeypatch):
    own = make("fig02")
    monkeypatch.setattr(
        exhibits.load("fig02"), "ALSO", {"quick": ("activation=relu depth=2,3",)}, raising=False
    )
    (part,) = found(tmp_path, "fig02").parts
    assert {run.path for run in part.runs} == {run.path for run in own}
    ((more, _),) = compose.compose_all([("scale=quick", "activation=relu", "depth=3")])
    fake(root=tmp_path / "runs", **vars(more))
    (part,) = found(tmp_path, "fig02").parts
    assert {run.experiment.run_id for run in part.runs} - {run.path.name for run in own} == {more.run_id}
    assert more.run_id not in {e.run_id for e, _ in experiments_of("fig02", "quick", [])}  # nor made


def test_every_seed_is_there_and_another_rate_is_not(make, tmp_path):
    make("fig02")
    make("fig02", seed=3)
    make("fig02", lr=0.5)
    (part,) = found(tmp_path, "fig02").parts
    assert {(run.experiment.seed, run.experiment.lr) for run in part.runs} == {(0, 0.01), (3, 0.01)}


def test_a_searched_rate_brings_all_rates(make, tmp_path):
    make("fig02", "lab")  # the whole grid
    (part,) = found(tmp_path, "fig02").parts
    assert part.scale == "lab"
    assert {run.experiment.lr for run in part.runs} == {0.003, 0.01, 0.03, 0.1}


def test_untrained_networks_are_drawn_once(make, tmp_path):
    make("jacobian")
    assert [part.key for part in found(tmp_path, "jacobian").parts] == ["quick/jacobian"]


def test_runs_that_were_measured_otherwise_count_where_there_are_no_others(make, tmp_path):
    older = make("fig02", n_test=500)
    (part,) = found(tmp_path, "fig02").parts
    assert set(part.runs) == set(older)
    newer = make("fig02")
    (part,) = found(tmp_path, "fig02").parts
    assert set(part.runs) == set(newer)


def test_a_data_set_without_all_its_networks_is_left_out(make, tmp_path):
    for run in make("fig12"):
        if run.experiment.dataset.name == "cifar10" and run.experiment.activation.name == "tanh":
            (run.path / "result.json").unlink()
    (part,) = found(tmp_path, "fig12").parts
    assert {run.experiment.dataset.name for run in part.runs} == {"mnist"}


def test_a_stand_in_counts(make, tmp_path):
    make("fig12", dataset=Dataset(name="mnist"))
    make("fig12", dataset=Dataset(name="cifar10_holdout"))
    (part,) = found(tmp_path, "fig12").parts
    assert {run.experiment.dataset.name for run in part.runs} == {"mnist", "cifar10_holdout"}


def test_runs_with_densities_are_shown_beside_the_exhibits(make, tmp_path):
    make("fig02")
    extra = make("fig02", monitor=Monitor(densities=True))
    both = found(tmp_path, "fig02")
    assert set(both.slides) == set(extra) and not set(both.parts[0].runs) & set(extra)
    assert set(both.runs) == {*both.parts[0].runs, *extra}


def test_the_first_folder_of_a_run_counts(fake, tmp_path):
    mine, published = (fake(root=tmp_path / name, seed=9) for name in ("mine", "published"))
    other = fake(root=tmp_path / "published", seed=10)
    assert set(complete_runs([tmp_path / "mine", tmp_path / "published"])) == {mine, other}
    assert set(complete_runs([tmp_path / "published", tmp_path / "mine"])) == {published, other}


def test_a_damaged_folder_is_named_and_costs_no_other(fake, tmp_path):
    good, bad = (fake(root=tmp_path / "runs", seed=seed) for seed in (0, 1))
    (bad.path / "config.yaml").write_text("activation: [")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert complete_runs([tmp_path / "runs"]) == [good]
    assert bad.path.name in str(caught[0].message)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="nowhere: no such folder"):
        complete_runs([tmp_path / "nowhere"])


def test_an_exhibit_without_runs_at_one_scale_is_not_drawn_there(make, tmp_path, monkeypatch):
    make("fig02")
    monkeypatch.setattr("repro.exhibits.fig02.AT", {"lab": ()}, raising=False)
    assert [part.key for part in found(tmp_path, "fig02", "fig01").parts] == ["quick/fig02", "quick/fig01"]


def test_a_study_that_compares_data_sets_needs_two(make, tmp_path):
    runs = make("one_object")
    assert len(found(tmp_path, "one_object", scales=("quick",)).parts) == 1
    for run in runs:
        if run.experiment.dataset.name == "shapeset_one_object":
            (run.path / "result.json").unlink()
    left = found(tmp_path, "one_object", scales=("quick",))
    assert left.parts == () and "shapeset_one_object" in left.missing["one_object"]


def test_runs_that_an_exhibit_has_besides_join_it(make, fake, tmp_path):
    """Beside a run with the exhibit's own schedule of monitoring, the same with the usual one may join."""
    own = make("authors_setup")
    usual = Monitor(every=20_000)
    sparse = fake(root=tmp_path / "runs", **{**vars(own[-1].experiment), "monitor": usual})
    joins = fake(root=tmp_path / "runs", activation="tanh", lr=0.1, monitor=usual)
    other = fake(root=tmp_path / "runs", activation="tanh", lr=0.5, monitor=usual)
    (part,) = found(tmp_path, "authors_setup", scales=("quick",)).parts
    paths = {run.path for run in part.runs}
    assert {run.path for run in own} | {joins.path, sparse.path} == paths
    assert other.path not in paths
