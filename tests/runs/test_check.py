"""Every way in which a folder may be wrong is named; what is right is not."""

import shutil
import subprocess
import sys

import pytest

from repro.experiment import identity
from repro.experiment.machine import Machine
from repro.experiment.settings import Experiment, Monitor
from repro.report.publish import publish
from repro.runs import Run
from repro.runs.check import KINDS, problems
from repro.runs.sweeps import Sweep
from repro.training.trainer import train

SMALL = Experiment(
    depth=1, width=8, updates=40, n_valid=20, n_test=20,
    monitor=Monitor(examples=20, batch=10, every=20, jacobian_examples=1),
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    train([Run.create(root, SMALL)], Machine(device="cpu", threads=1, weights=True))
    return root


@pytest.fixture
def run(made, tmp_path):
    shutil.copytree(made / SMALL.run_id, tmp_path / SMALL.run_id)
    return Run(tmp_path / SMALL.run_id)


def found(run):
    """Kind and reason of everything that is wrong."""
    assert {problem.kind for problem in problems(run.path.parent)} <= set(KINDS)
    return [(problem.kind, problem.reason) for problem in problems(run.path.parent)]


def test_a_complete_run_is_right_with_weights_and_without(run):
    assert found(run) == []
    run.checkpoint.unlink()
    (run.path / "status.json").unlink()  # as it is published
    assert found(run) == []


def test_a_published_run_can_be_verified(run, tmp_path):
    publish([run], tmp_path / "published")
    published = Run(tmp_path / "published" / run.path.name)
    assert not published.checkpoint.exists()
    assert found(published) == []
    (published.path / "monitor.csv").write_text("update,layer,quantity,value\n0,1,z_std,1.0\n")
    assert found(published) == [("damaged", "monitor.csv isn't what was written")]


def test_looking_changes_nothing(run):
    (run.path / ".curve.csv.x").write_text("")
    before = sorted((path, path.stat().st_mtime_ns) for path in run.path.rglob("*"))
    problems(run.path.parent)
    assert sorted((path, path.stat().st_mtime_ns) for path in run.path.rglob("*")) == before


@pytest.mark.parametrize("name", ["config.yaml", "curve.csv", "monitor.csv", "histograms.npz",
                                  "predictions.npz", "provenance.json", "result.json",
                                  "checkpoint.pt"])  # fmt: skip
@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_damage_is_named(run, name, how):
    path = run.path / name
    content = bytearray(path.read_bytes())
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    kinds = found(run)
    if how == "gone" and name == "checkpoint.pt":
        assert kinds == []
    elif how == "gone" and name == "result.json":
        assert [kind for kind, _ in kinds] == ["incomplete"]
    else:
        assert {"damaged"} == {kind for kind, _ in kinds} or name == "config.yaml"
        assert any(name in reason for _, reason in kinds)


def test_without_checksums_cut_tables_are_seen_by_what_they_contradict(run):
    """Runs of the first version have none."""
    (run.path / "SHA256SUMS").unlink()
    assert found(run) == []
    table = (run.path / "curve.csv").read_text().splitlines(keepends=True)
    (run.path / "curve.csv").write_text("".join(table[:-2]))
    assert found(run)[0][0] == "damaged" and "result.json says" in found(run)[0][1]
    (run.path / "curve.csv").write_text("".join(table))
    rows = (run.path / "monitor.csv").read_text().splitlines(keepends=True)
    (run.path / "monitor.csv").write_text("".join(row for row in rows if not row.startswith("40,")))
    assert "lacks the start or the end" in found(run)[0][1]
    (run.path / "monitor.csv").write_text("".join(rows[:-1]) + rows[-1][:4])
    assert "ends too early" in found(run)[0][1]


def test_what_is_not_finished(tmp_path):
    runs = [Run.create(tmp_path, Experiment(seed=seed, updates=100)) for seed in range(3)]
    runs[1].write_json("status", {"state": "failed", "update": 30, "error": "ValueError: no"})
    runs[2].write_json("status", {"state": "running", "update": 50})
    by_run = {problem.path.name: problem for problem in problems(tmp_path)}
    reasons = [by_run[run.path.name].reason for run in runs]
    assert reasons == [
        "not begun",
        "failed at update 30 of 100: ValueError: no",
        "interrupted at update 50 of 100: the same command starts again",
    ]
    assert {problem.kind for problem in by_run.values()} == {"incomplete"}


HOLD = "import sys, time; from repro.runs import Run\n" \
    "with Run(sys.argv[1]).lock():\n    print('locked', flush=True); time.sleep(60)"  # fmt: skip


def test_a_run_that_a_process_works_on_is_not_called_interrupted(tmp_path):
    run = Run.create(tmp_path, Experiment())
    process = subprocess.Popen([sys.executable, "-c", HOLD, run.path], stdout=subprocess.PIPE, text=True)
    with process, process.stdout as output:
        assert output.readline() == "locked\n"
        (run.path / ".curve.csv.x").write_text("")  # its business
        assert found(run) == [("incomplete", "under way, at update 0 of 20000")]
        process.kill()


def test_what_is_not_ours(run):
    other = run.path.parent
    (other / "notes").mkdir()
    (other / "notes" / "a.txt").write_text("")
    (other / "empty").mkdir()
    shutil.copytree(run.path, other / "shapeset-tanh-mine")
    (run.path / "photo.png").write_text("")
    kinds = {problem.path.name: (problem.kind, problem.reason) for problem in problems(other)}
    assert kinds["notes"] == ("foreign", "no config.yaml in it")
    assert kinds["empty"] == ("stale", "an empty folder")
    assert kinds["shapeset-tanh-mine"] == ("foreign", f"its settings are those of {SMALL.run_id}")
    assert kinds[SMALL.run_id] == ("foreign", "photo.png: no files of a run")


def test_a_config_of_another_version_is_foreign(run):
    (run.path / "SHA256SUMS").unlink()
    text = (run.path / "config.yaml").read_text().replace("protocol: 2", "protocol: 9")
    (run.path / "config.yaml").write_text(text)
    assert found(run) == [("foreign", "config.yaml: protocol 9: written by another version of this program")]


def test_a_run_of_an_older_monitor_is_stale(run, monkeypatch):
    monkeypatch.setattr(identity, "MONITOR", 2)
    ((kind, reason),) = found(run)
    assert kind == "stale"
    assert "version 1 of the monitor" in reason and reason.endswith(SMALL.run_id)


def test_half_written_files_can_go_without_their_run(run):
    (run.path / ".monitor.csv.abcd").write_text("half")
    (problem,) = problems(run.path.parent)
    assert (problem.kind, problem.files) == ("stale", (run.path / ".monitor.csv.abcd",))


def test_a_sweep_whose_runs_are_gone(run, tmp_path):
    other = Run.create(tmp_path, Experiment(seed=1))
    Sweep.begin(tmp_path, [run, other], ["-m", "seed=0,1"])
    shutil.rmtree(other.path)
    ((kind, reason),) = found(run)
    assert (kind, reason) == ("stale", "1 of its 2 runs are no longer there")
