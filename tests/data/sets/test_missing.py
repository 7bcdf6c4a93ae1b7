import json
from pathlib import Path

import pytest

from repro.data import sets
from repro.data.files.catalog import CIFAR10, FETCHED
from repro.data.files.store import DataError
from repro.data.source import load
from repro.experiment import components
from repro.experiment.settings import Dataset, Experiment
from repro.experiment.values import ConfigError


def missing(name: str, root: Path, n_valid: int, n_test: int) -> str:
    return sets.of(name).missing(root, n_valid, n_test)


def touch(root: Path, name: str, count: int | None = None) -> None:
    version = FETCHED[name].versions[0]
    folder = root / version.folders[0]
    folder.mkdir(parents=True)
    for file in version.files[:count]:
        (folder / file.name).touch()


@pytest.mark.parametrize("name", ["shapeset", "shapeset_author", "shapeset_dark", "shapeset_one_object"])
def test_what_is_generated_is_always_there(name: str, tmp_path: Path) -> None:
    assert missing(name, tmp_path / "nowhere", 10_000, 10_000) == ""


@pytest.mark.parametrize("name", ["mnist", "cifar10"])  # Fashion-MNIST may lie in /usr/share
def test_what_is_missing_and_how_to_get_it(name: str, tmp_path: Path) -> None:
    assert f"python -m repro.data fetch {name}" in missing(name, tmp_path, 10, 10)
    touch(tmp_path, name)
    assert missing(name, tmp_path, 10, 10) == ""


def test_cifar10_without_its_test_batch(tmp_path: Path) -> None:
    touch(tmp_path, "cifar10", 5)
    assert CIFAR10.versions[0].files[5].name in missing("cifar10", tmp_path, 10, 10)
    assert missing("cifar10_holdout", tmp_path, 10, 10) == ""


def test_small_imagenet_is_there_once_it_is_made_and_large_enough(tmp_path: Path) -> None:
    assert "build small_imagenet" in missing("small_imagenet", tmp_path, 10, 10)
    folder = tmp_path / "small_imagenet"
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"sizes": [30, 20, 400]}))
    assert missing("small_imagenet", tmp_path, 20, 30) == ""
    assert missing("small_imagenet", tmp_path, 21, 30).startswith("only 20 validation and 30 test images")


def test_a_damaged_report_counts_as_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "small_imagenet"
    folder.mkdir()
    (folder / "report.json").write_text("{")
    assert "build small_imagenet" in missing("small_imagenet", tmp_path, 10, 10)


def test_a_built_set_is_known_by_its_checksum(tmp_path: Path) -> None:
    """The same settings on another copy of ImageNet are another run."""
    folder = tmp_path / "small_imagenet"
    folder.mkdir()
    experiment = Experiment(dataset=Dataset("small_imagenet"))
    assert sets.identified(experiment, tmp_path) == experiment  # not built yet
    ids = set()
    for checksum in ("sha256:1", "sha256:2"):
        (folder / "report.json").write_text(json.dumps({"checksum": checksum}))
        ids.add(sets.identified(experiment, tmp_path).run_id)
    assert len(ids | {experiment.run_id}) == 3
    assert sets.identified(Experiment(), tmp_path) == Experiment()


def test_without_its_checksum_it_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="small_imagenet: not made yet"):
        load(Experiment(dataset=Dataset("small_imagenet")), root=tmp_path)


def test_a_run_refuses_another_set_than_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "small_imagenet"
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"checksum": "sha256:2"}))
    experiment = Experiment(dataset=Dataset("small_imagenet", content="sha256:1"))
    with pytest.raises(ConfigError, match=r"dataset\.content = sha256:1: .* is another: sha256:2"):
        load(experiment, root=tmp_path)


def test_every_set_has_a_title_and_a_range() -> None:
    for name in components.names("dataset"):
        assert sets.title(name)
        assert (sets.of(name).low, sets.of(name).high) == (0.0, 1.0)
    assert sets.of("cifar10").STAND_IN == "cifar10_holdout"
