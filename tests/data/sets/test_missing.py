import json
from pathlib import Path

import pytest
from repro.data.files.present import missing

from repro.data.files.catalog import CIFAR10, FETCHED


def touch(root: Path, name: str, count: int | None = None) -> None:
    version = FETCHED[name].versions[0]
    folder = root / version.folders[0]
    folder.mkdir(parents=True)
    for file in version.files[:count]:
        (folder / file.name).touch()


@pytest.mark.parametrize("name", ["shapeset", "shapeset_author", "shapeset_one_object"])
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
