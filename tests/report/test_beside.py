"""Runs beside published ones: what counts as the same."""

import pytest

from repro.experiment.components import Baseline
from repro.report.beside import beside
from repro.runs import Run


@pytest.fixture
def published(fake, tmp_path):
    """Three seeds of one network, which end at 70, 71 and 72 %."""
    for seed in (0, 1, 2):
        fake(root=tmp_path / "published", seed=seed, last=0.70 + 0.01 * seed)
    return tmp_path / "published"


def test_the_same_bits(fake, published, tmp_path):
    found = beside([fake(root=tmp_path / "mine", last=0.70)], published)
    assert found == (1, 0, 0, {}, 0)
    assert str(found) == "1 of 1 runs are published, too; they agree: 1 to the last bit"


def test_another_last_digit_is_rounding(fake, published, tmp_path):
    run = fake(root=tmp_path / "mine", last=0.70)
    text = (run.path / "monitor.csv").read_text().splitlines()
    update, layer, quantity, value = text[1].split(",")
    text[1] = f"{update},{layer},{quantity},{float(value) * (1 + 1e-6)!r}"
    (run.path / "monitor.csv").write_text("\n".join(text) + "\n")
    assert beside([Run(run.path)], published) == (0, 1, 0, {}, 0)


@pytest.mark.parametrize(("last", "noise"), [(0.72, True), (0.729, False), (0.68, True), (0.6, False)])
def test_as_far_apart_as_seeds_are(fake, published, tmp_path, last, noise):
    """Seeds have a standard deviation of one point: two runs may end 2.8 points apart."""
    run = fake(root=tmp_path / "mine", last=last)
    found = beside([run], published)
    assert found.noise == noise and found.bits == found.rounding == 0
    assert found.apart == ({} if noise else {run.path.name: pytest.approx(100 * last - 70)})
    assert noise or f"1 not ({run.path.name} by " in str(found)


def test_without_seeds_nothing_is_noise(fake, tmp_path):
    fake(root=tmp_path / "published", last=0.70)
    run = fake(root=tmp_path / "mine", last=0.71)
    assert list(beside([run], tmp_path / "published").apart) == [run.path.name]


def test_what_is_not_published_is_new(fake, published, tmp_path):
    (published / fake(root=tmp_path / "mine", last=0.70).path.name / "result.json").unlink()
    runs = [fake(root=tmp_path / "mine", last=0.70), fake(root=tmp_path / "mine", last=0.70, seed=7)]
    assert beside(runs, published) == (0, 0, 0, {}, 2)
    assert str(beside(runs, published)) == "none of these 2 runs is published"


def test_what_replaces_a_network_is_compared_by_its_answers(fake, published, tmp_path):
    settings = {"baseline": Baseline("svm"), "n_train": 100}
    fake(root=published, **settings, last=0.6)
    assert beside([fake(root=tmp_path / "mine", **settings, last=0.6)], published).bits == 1
