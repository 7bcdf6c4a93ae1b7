"""The command line: python -m repro.data."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from repro.data import __main__ as command
from repro.data.files import mnist
from repro.data.files.catalog import IDX_NAMES
from repro.data.files.store import Publication, Version
from repro.data.sets.mnist import Mnist

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tiny_mnist, monkeypatch):
    """A data root where `mnist` is the tiny set, and the only one that can be fetched."""
    folder, dataset, _ = tiny_mnist
    monkeypatch.setattr(command, "FETCHED", {"mnist": dataset})
    monkeypatch.setattr(Mnist, "read", lambda self, root: mnist.read(root, dataset, n_valid=10))
    return folder


def run(root, *arguments):
    return command.main([*arguments, "--root", str(root)])


def states(capsys):
    """Data set, file and state of each line."""
    lines = [
        line.split() for line in capsys.readouterr().out.splitlines() if not line.startswith("data root")
    ]
    return [(line[0], line[1], line[3]) for line in lines]


def test_list_shows_what_is_there_and_what_is_not(root, capsys):
    (root / "tiny" / IDX_NAMES[1]).unlink()
    (root / "tiny" / IDX_NAMES[2]).write_bytes(b"rubbish")
    command.FETCHED["mnist"] = Publication("tiny", command.FETCHED["mnist"].versions, ("http://mirror/",))
    assert run(root, "list") == 0
    assert states(capsys) == [
        ("mnist", IDX_NAMES[0], "good"),
        ("mnist", IDX_NAMES[1], "missing"),
        ("mnist", IDX_NAMES[2], "damaged"),
        ("mnist", IDX_NAMES[3], "good"),
        ("small_imagenet", "images.npz", "missing"),
    ]
    run(root, "list")
    text = capsys.readouterr().out
    for part in ("from http://mirror/", str(root / "tiny" / IDX_NAMES[0]), "7 bytes, expected"):
        assert part in text


def test_verify(root, capsys):
    assert run(root, "verify") == 0  # what isn't there isn't wrong
    assert run(root, "verify", "mnist") == 0
    capsys.readouterr()
    assert run(root, "verify", "small_imagenet") == 1
    assert states(capsys) == [("small_imagenet", "images.npz", "missing")]
    (root / "tiny" / IDX_NAMES[0]).write_bytes(b"rubbish")
    assert run(root, "verify") == 1


def test_measure(root, capsys):
    assert run(root, "measure", "mnist") == 0
    assert "| validation | 10 |" in capsys.readouterr().out


def test_errors_are_one_line(root, capsys):
    (root / "tiny" / IDX_NAMES[0]).unlink()
    assert run(root, "measure", "mnist") == 1
    assert capsys.readouterr().err.startswith(f"no file {IDX_NAMES[0]}")


def test_fetch_goes_on_after_a_failure(root, capsys):
    files = command.FETCHED["mnist"].versions[0].files
    command.FETCHED["other"] = Publication("other", (Version(("other",), files),), ("http://127.0.0.1:1/",))
    assert run(root, "fetch", "other", "mnist") == 1
    errors = capsys.readouterr().err
    assert "mnist: complete and verified" in errors
    assert f"other: {IDX_NAMES[0]} could not be had from any of 1 addresses" in errors


def test_build(root, capsys):
    for i in range(11):
        folder = root / "pictures" / "n01443537"
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (40, 40), i).save(folder / f"{i}.JPEG")
    (folder / "broken.JPEG").write_bytes(b"rubbish")
    assert run(root, "build", "small_imagenet") == 1
    assert "put or link a tree" in capsys.readouterr().err
    assert run(root, "build", "small_imagenet", "--images", str(root / "pictures")) == 0
    out = capsys.readouterr().out
    assert json.loads(out[: out.rindex("}") + 1])["sizes"] == [1, 1, 9]
    assert "1 images could not be decoded\n  n01443537/broken.JPEG: UnidentifiedImageError" in out
    assert run(root, "verify", "small_imagenet") == 0
    assert states(capsys) == [("small_imagenet", "images.npz", "good")]
    assert run(root, "measure", "small_imagenet") == 0
    assert capsys.readouterr().out.endswith("rebuilt: 9 / 1 / 1 images of 1 of the 10 classes\n")


@pytest.mark.parametrize(
    "arguments", [[], ["fetch"], ["fetch", "mist"], ["verify", "mist"], ["measure", "x"]]
)
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def process(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_as_a_program_without_torch(tmp_path):
    """torch is not imported: the list must come at once."""
    code = (
        "import sys; sys.modules['torch'] = None; import repro.data.__main__ as m; sys.exit(m.main(['list']))"
    )
    done = process("-c", code, REPRO_DATA=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"data root: {tmp_path}\n")


@pytest.mark.parametrize("name", ["mnist", "cifar10_holdout"])
def test_training_from_the_command_line(shared, tmp_path, name):
    settings = "updates=60 width=20 depth=2 lr=0.1 n_valid=200 n_test=300 monitor.every=60 curve_every=60"
    where = f"machine.runs={tmp_path} machine.threads=1 machine.device=cpu"
    words = ["-m", "repro", f"dataset={name}", *settings.split(), *where.split()]
    done = process(*words, REPRO_DATA=str(shared / "data"))
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = tmp_path.glob(f"{name}-*")
    result = json.loads((run / "result.json").read_text())
    assert result["updates_done"] == 60
    assert result["test_cost"] < 2.4


def test_missing_data_says_what_to_do(tmp_path):
    words = [
        "-m",
        "repro",
        "dataset=mnist",
        "updates=1",
        "width=5",
        "depth=1",
        f"machine.runs={tmp_path / 'runs'}",
    ]
    done = process(*words, f"machine.data={tmp_path}")
    assert done.returncode == 2
    assert "python -m repro.data fetch mnist" in done.stdout + done.stderr


def test_a_reader_that_has_seen_enough_is_no_error(root, monkeypatch, capfd):
    """python -m repro.data list | head -1"""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        assert run(root, "list") == 1
    assert capfd.readouterr().err == ""
