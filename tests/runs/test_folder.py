import os
import subprocess
import sys

import filelock
import numpy as np
import pytest

from repro.experiment.settings import Experiment
from repro.experiment.values import ConfigError
from repro.files import write_atomically
from repro.runs import CURVE_COLUMNS, MONITOR_COLUMNS, Run


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path, Experiment(lr=0.1 + 0.2))


def test_an_experiment_comes_back_exactly(run):
    assert Run(run.path).experiment == Experiment(lr=0.1 + 0.2)


def test_tables_and_arrays_come_back_exactly(run):
    run.write_table("curve", CURVE_COLUMNS, [(0, "test", 1 / 3, 0.25)])
    run.write_table("monitor", MONITOR_COLUMNS, [(0, 1, "z_std", 2 / 7)])
    run.write_arrays("histograms", {"z/0/1": np.ones((2, 3))})
    run.write_arrays("predictions", {"predicted": np.arange(3), "label": np.zeros(3)})
    assert run.curve.to_dict("records") == [{"update": 0, "split": "test", "cost": 1 / 3, "error": 0.25}]
    assert run.monitor["value"].item() == 2 / 7
    assert run.histograms["z/0/1"].shape == (2, 3)
    assert run.predictions[0].tolist() == [0, 1, 2]


def test_states(run):
    assert run.state == "absent"
    run.write_json("status", {"state": "running"})
    assert (run.state, run.complete) == ("running", False)
    run.write_json("result", {})
    assert run.complete


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def no_space(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "runs").write_text("a file, not a folder")
    with pytest.raises(ConfigError, match=r"machine\.runs = .*can't write there"):
        Run.create(tmp_path / "runs", Experiment())


@pytest.mark.parametrize("content", ["", "depth: [", "- 3", "depth: 0", "\x00\xff"])
def test_a_damaged_config_is_named(run, content):
    (run.path / "config.yaml").write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigError):
        _ = Run(run.path).experiment


def test_a_damaged_status_only_informs(run):
    (run.path / "status.json").write_text('{"state": ')
    assert run.state == "absent"


@pytest.mark.parametrize(("diverged_at", "state"), [(None, "finished"), (7, "diverged")])
def test_without_a_status_the_result_says_how_a_run_ended(run, diverged_at, state):
    run.write_json("result", {"diverged_at": diverged_at})
    assert run.state == state
    (run.path / "status.json").write_text("{")
    assert run.state == state


def test_a_damaged_result_is_named(run):
    (run.path / "result.json").write_text('{"state": ')
    with pytest.raises(ConfigError, match=r"result\.json is damaged"):
        run.read_json("result")


def test_an_existing_config_is_compared_and_never_overwritten(tmp_path):
    """Old numbers must not get new labels."""
    run = Run.create(tmp_path, Experiment(lr=0.1))
    before = (run.path / "config.yaml").read_bytes()
    os.utime(run.path / "config.yaml", (1, 1))
    assert Run.create(tmp_path, Experiment(lr=0.1)) == run
    assert (run.path / "config.yaml").stat().st_mtime == 1
    (run.path / "config.yaml").write_bytes(before.replace(b"lr: 0.1", b"lr: 0.2"))
    with pytest.raises(ConfigError, match=r"holds another experiment: lr \(0\.2, not 0\.1\)"):
        Run.create(tmp_path, Experiment(lr=0.1))
    assert b"lr: 0.2" in (run.path / "config.yaml").read_bytes()


def test_complete_runs_on_a_read_only_folder_are_found(run):
    run.path.chmod(0o500)
    assert Run.create(run.path.parent, Experiment(lr=0.1 + 0.2)) == run
    run.path.chmod(0o700)


def test_a_config_of_a_later_version_is_refused(run):
    text = (run.path / "config.yaml").read_text().replace("protocol: 2", "protocol: 3")
    (run.path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError, match="protocol 3: written by another version"):
        _ = Run(run.path).experiment


def test_the_lock_keeps_another_process_out_and_dies_with_its_owner(run):
    holder = "import sys, time; from pathlib import Path; from repro.runs.folder import Run\n" \
        "with Run(Path(sys.argv[1])).lock():\n    print('locked', flush=True); time.sleep(60)"  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", holder, run.path], stdout=subprocess.PIPE, text=True)
    with process, process.stdout as output:
        assert output.readline() == "locked\n"
        with pytest.raises(filelock.Timeout), run.lock(timeout=0.05):
            pass
        process.kill()
    with run.lock(timeout=5):
        pass


FILES = {
    "curve": "curve.csv",
    "monitor": "monitor.csv",
    "histograms": "histograms.npz",
    "predictions": "predictions.npz",
}


@pytest.fixture
def complete(fake, tmp_path):
    """As training ends: with checksums."""
    made = fake(root=tmp_path / "complete")
    made.write_result(made.read_json("result"))
    return made


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_in_a_complete_run_is_named_when_it_is_read(complete, name, share):
    """pandas and numpy don't notice most of them."""
    file = complete.path / FILES[name]
    content = bytearray(file.read_bytes())
    content[int(share * len(content))] ^= 1
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=f"{FILES[name]} is damaged.*checksum"):
        getattr(Run(complete.path), name)


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_cut_or_gone_are_named_also_without_checksums(fake, tmp_path, name):
    run = fake(root=tmp_path)
    file = run.path / FILES[name]
    half = file.read_bytes()[:30]
    for content in (half, b"", b"\x93NUMPY", b"\xff\xfe"):
        file.write_bytes(content)
        with pytest.raises(ConfigError, match=f"{FILES[name]} is damaged"):
            getattr(Run(run.path), name)
    file.unlink()
    with pytest.raises(ConfigError, match=f"{FILES[name]} is missing"):
        getattr(Run(run.path), name)


def test_a_run_under_way_and_one_of_an_earlier_version_are_read_without_checksums(complete):
    (complete.path / "SHA256SUMS").unlink()
    assert len(Run(complete.path).curve) == len(complete.curve)


def test_a_path_may_be_text(complete):
    run = Run(str(complete.path))
    assert run == complete
    assert run.experiment == complete.experiment


def test_a_density_by_name(complete):
    density = complete.density("ds", 0, 2)
    assert density.columns.tolist() == ["x", "density"]
    width = density["x"].diff().median()
    assert width * density["density"].sum() == pytest.approx(1, abs=0.01)
    with pytest.raises(ConfigError, match="no density ds/7/2: there is quantity dW, ds, z; update 0, 20000"):
        complete.density("ds", 7, 2)


def test_reading_runs_does_not_import_torch():
    code = "import repro.runs.folder, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
