import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from repro import exhibits, reproduce
from repro.data.files.catalog import FETCHED
from repro.data.imagenet import build as small_imagenet
from repro.experiment import compose
from repro.experiment.values import ConfigError
from repro.reproduce import experiments_of, parse_arguments, with_data, with_rates
from repro.runs.folder import Run

TINY = [
    *("width=8", "updates=20", "n_valid=40", "n_test=40", "curve_every=10"),
    *("monitor.examples=20", "monitor.every=10", "monitor.jacobian_examples=1"),
    *("machine.device=cpu", "machine.workers=1"),
]


def main(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["reproduce", *words])
    return reproduce.main()


def test_arguments_come_in_any_order():
    request = parse_arguments(["scale=lab", "fig11", "seed=0,1", "fig3", "11", "out=there"])
    assert request.names == ["fig11", "fig03"]
    assert (request.scale, request.out, request.overrides) == ("lab", Path("there"), ["seed=0,1"])


@pytest.mark.parametrize("words", [[], ["all"], ["scale=smoke"]])
def test_everything_is_the_default(words):
    assert parse_arguments(words).names == list(exhibits.EXHIBITS)


def test_studies_are_made_only_when_asked_for():
    """`make figures` and `make smoke` are `all`."""
    assert exhibits.STUDIES and not set(exhibits.STUDIES) & set(exhibits.EXHIBITS)
    assert parse_arguments(["studies"]).names == list(exhibits.STUDIES)
    assert parse_arguments(["svm", "fig01", "pyramids"]).names == ["svm", "fig01", "pyramids"]
    both = parse_arguments(["all", "studies"]).names
    assert both == [*exhibits.EXHIBITS, *exhibits.STUDIES]


def test_a_study_has_rates_of_its_own_unless_they_are_given():
    rates = {
        words: {e.lr for e, _ in experiments_of("pyramids", "lab", list(words))}
        for words in ((), ("lr=0.02",), ("lr=grid",))
    }
    assert rates == {(): {0.01}, ("lr=0.02",): {0.02}, ("lr=grid",): {0.003, 0.01, 0.03, 0.1}}


def test_options_of_a_part_that_only_the_exhibits_runs_have(monkeypatch, tmp_path, capsys):
    words = [f"machine.runs={tmp_path / 'runs'}", f"out={tmp_path / 'out'}", *TINY]
    assert main(monkeypatch, "autoencoders", "scale=smoke", "pretraining.share=0.5", *words) == 0
    assert (tmp_path / "out" / "autoencoders" / "autoencoders.png").exists()
    runs = [Run(path) for path in sorted((tmp_path / "runs").iterdir())]
    assert {dict(run.experiment.pretraining.options)["share"] for run in runs} == {0.5}
    assert {int(run.pretraining["update"].max()) for run in runs} == {10}


@pytest.mark.parametrize("name", ["fig99", "table7"])
def test_an_exhibit_that_is_not_there(name):
    with pytest.raises(ConfigError, match=f"{name}: no such exhibit; expected all, studies or some of fig01"):
        parse_arguments([name])


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        *((name, "quick") for name in exhibits.EXHIBITS + exhibits.STUDIES),
        *(("fig11", s) for s in ("smoke", "lab", "paper")),
        *((name, s) for name in exhibits.STUDIES for s in ("smoke", "lab", "paper")),
    ],
)
def test_every_exhibit_lists_runs_that_compose(name, scale):
    """At every scale: they are the same but for numbers."""
    runs = experiments_of(name, scale, [])
    assert len({experiment.run_id for experiment, _ in runs}) == len(runs)


def test_measurements_before_training_are_the_same_at_every_scale_but_smoke():
    for name in ("fig06", "fig07", "fig08", "jacobian", "linear_theory"):
        quick, lab, smoke = (experiments_of(name, scale, []) for scale in ("quick", "lab", "smoke"))
        assert len(quick) == 15 and quick == lab
        for (experiment, _), (small, _) in zip(quick, smoke, strict=True):
            assert (experiment.updates, experiment.widths) == (0, (1000,) * 5)
            assert (small.updates, small.widths) == (0, (50,) * 5)


@pytest.mark.parametrize(
    ("words", "rates"),
    [
        (["scale=quick"], {0.01}),
        (["scale=lab"], {0.003, 0.01, 0.03, 0.1}),
        (["scale=quick", "lr=grid"], {0.003, 0.01, 0.03, 0.1}),
        (["scale=lab", "lr=0.02"], {0.02}),
        (["scale=lab", "updates=0"], {0.01}),
        (["scale=lab", "updates=0", "lr=grid"], {0.01}),
        (["scale=quick", "study=input_range"], {0.01, 0.1}),
    ],
)
def test_learning_rates(words, rates):
    found = compose.compose_all(compose.expand(with_rates(words)))
    assert {experiment.lr for experiment, _ in found} == rates


def test_a_rate_that_an_exhibit_names_is_not_searched():
    assert {experiment.lr for experiment, _ in experiments_of("input_range", "lab", [])} == {0.01, 0.03}
    assert len(experiments_of("fig11", "quick", ["lr=grid"])) == 4 * len(experiments_of("fig11", "quick", []))


def test_exhibits_share_their_runs():
    runs = {name: {e.run_id for e, _ in experiments_of(name, "quick", [])} for name in exhibits.EXHIBITS}
    assert runs["table1"] >= runs["fig12"]
    assert len(runs["table1"] & runs["fig11"]) == 5
    assert len(runs["input_range"] & runs["fig11"]) == 5
    assert len(runs["fig05"] & runs["fig11"]) == 1


def put_files(root, name, count):
    """Empty files, which look like a data set until they are read."""
    version = FETCHED[name].versions[0]
    (root / version.folders[0]).mkdir(parents=True)
    for file in version.files[:count]:
        (root / version.folders[0] / file.name).touch()


def available(root, *names):
    """What is left of some exhibits where `root` holds the data, and what is said about the rest."""
    words = [f"machine.data={root}", f"machine.runs={root / 'runs'}"]
    output = io.StringIO()
    needed = {name: experiments_of(name, "quick", words) for name in names}
    kept = with_data(needed, Console(file=output, width=200))
    return {name: {e.dataset.name for e, _ in kept[name]} for name in kept}, output.getvalue()


def test_without_its_data_an_exhibit_is_left_out(tmp_path):
    kept, said = available(tmp_path, "fig01", "fig11", "fig12", "table1")
    assert kept == {"fig01": set(), "fig11": {"shapeset"}, "table1": {"shapeset"}}
    assert "left out of fig12 (all of it), table1: mnist: no file" in said
    assert "python -m repro.data fetch mnist" in said
    assert "python -m repro.data build small_imagenet" in said
    assert said.count("\n") == 3  # a line for each data set


def test_part_of_the_data_makes_part_of_an_exhibit(tmp_path):
    put_files(tmp_path, "mnist", 4)
    kept, said = available(tmp_path, "fig12")
    assert kept == {"fig12": {"mnist"}}
    assert "left out of fig12: cifar10: no file" in said


def test_a_held_out_test_set_takes_the_place_of_a_missing_one(tmp_path):
    put_files(tmp_path, "mnist", 4)
    put_files(tmp_path, "cifar10", 5)
    kept, said = available(tmp_path, "fig12")
    assert kept == {"fig12": {"mnist", "cifar10_holdout"}}
    assert said == ""


def test_complete_runs_need_no_data(tmp_path):
    for experiment, _ in experiments_of("fig12", "quick", []):
        Run.create(tmp_path / "runs", experiment).write_json("result", {})
    assert available(tmp_path, "fig12") == ({"fig12": {"mnist", "cifar10"}}, "")


def test_leaving_out_is_no_failure(monkeypatch, tmp_path, capsys):
    words = [f"machine.data={tmp_path}", f"machine.runs={tmp_path / 'runs'}", f"out={tmp_path / 'figures'}"]
    assert main(monkeypatch, "fig01", "fig12", *words) == 0
    assert "left out of fig12 (all of it)" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["fig01"]


def test_settings_on_the_command_line_replace_the_exhibits_own():
    seeds = {experiment.seed for experiment, _ in experiments_of("fig06", "quick", ["seed=7"])}
    assert seeds == {7}


def test_a_mistake_is_refused_before_any_work(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(monkeypatch, "fig01", "sede=1") == 2
    assert "unknown key sede; did you mean seed?" in capsys.readouterr().err
    assert main(monkeypatch, "fig03", "scale=tiny") == 2
    assert main(monkeypatch, "fig06", "machine.threads=1,2") == 2
    assert "machine.threads = 1 and 2: expected one value" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_exhibit_from_nothing_and_again_from_its_runs(monkeypatch, tmp_path, capsys):
    words = [
        "fig03",
        "scale=smoke",
        f"machine.runs={tmp_path / 'runs'}",
        f"out={tmp_path / 'figures'}",
        *TINY,
    ]
    assert main(monkeypatch, *words) == 0
    folder = tmp_path / "figures" / "fig03"
    files = {"fig03.png", "fig03.svg", "fig03.csv", "verdicts.json", "README.md"}
    assert {path.name for path in folder.iterdir()} == files
    assert "scale smoke" in (folder / "README.md").read_text()
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    code = "import sys; from repro import reproduce; reproduce.main(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert "3 complete, 0 to do" in done.stdout
    assert done.stdout.endswith("False\n")  # finished runs are drawn without torch
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first  # byte for byte


def test_a_failed_run_fails_its_exhibit_and_no_other(monkeypatch, tmp_path, capsys):
    out = tmp_path / "figures"
    words = ["fig01", "fig03", "scale=smoke", f"machine.runs={tmp_path}", f"out={out}", *TINY]
    experiment, _ = experiments_of("fig03", "smoke", TINY)[0]
    (tmp_path / experiment.run_id).mkdir()
    (tmp_path / experiment.run_id / "checkpoint.pt").write_bytes(b"damaged")
    assert main(monkeypatch, *words) == 1
    printed = capsys.readouterr().out
    assert "not drawn fig03" in printed
    assert "python -m repro" in printed
    assert (out / "fig01" / "fig01.png").exists()
    assert not (out / "fig03").exists()


def drawn_words(tmp_path):
    return ["scale=smoke", f"machine.runs={tmp_path / 'runs'}", f"out={tmp_path / 'out'}", *TINY]


def test_a_damaged_run_costs_its_exhibit_and_no_later_one(monkeypatch, tmp_path, capsys):
    words = ["fig03", "fig01", *drawn_words(tmp_path)]
    assert main(monkeypatch, *words) == 0
    run = Run(tmp_path / "runs" / experiments_of("fig03", "smoke", TINY)[0][0].run_id)
    (run.path / "SHA256SUMS").unlink()  # as of an earlier version: it isn't made again by itself
    (run.path / "monitor.csv").write_bytes(b"")
    shutil.rmtree(tmp_path / "out")
    capsys.readouterr()
    assert main(monkeypatch, *words) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "fig03" in line]
    assert len(said) == 1
    assert said[0].startswith("not drawn fig03: ") and f"{run.path.name}/monitor.csv is damaged" in said[0]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fig01"]


def test_a_mistake_in_an_exhibit_costs_no_other(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(exhibits.load("fig03"), "tables", lambda runs: {}["points"])
    assert main(monkeypatch, "fig03", "fig01", *drawn_words(tmp_path)) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "not drawn" in line]
    assert len(said) == 1
    assert said[0].startswith("not drawn fig03: KeyError: 'points' (")
    assert (tmp_path / "out" / "fig01" / "fig01.png").exists()


def test_an_exhibit_that_can_t_be_loaded_costs_no_other(monkeypatch, tmp_path, capsys):
    load = exhibits.load

    def broken(name):
        if name == "fig03":
            raise ImportError("no module named charm")
        return load(name)

    monkeypatch.setattr(exhibits, "load", broken)
    assert main(monkeypatch, "fig03", "fig01", *drawn_words(tmp_path)) == 1
    assert "not drawn fig03: ImportError: no module named charm" in capsys.readouterr().out
    assert (tmp_path / "out" / "fig01" / "fig01.png").exists()


def test_figure_1_bottom_needs_images_of_others(monkeypatch, tmp_path, capsys):
    words = ["fig01", f"out={tmp_path / 'out'}", f"machine.data={tmp_path}"]
    bottom = tmp_path / "out" / "fig01" / "bottom.png"
    assert main(monkeypatch, *words) == 0
    assert "left out of fig01 (bottom): small_imagenet: not made yet" in capsys.readouterr().out
    assert not bottom.exists()
    for wnid in ("n01443537", "n01698640", "n01855672", "n01882714"):  # 20 each: 72 for training
        (tmp_path / "imagenet" / wnid).mkdir(parents=True)
        for i in range(20):
            Image.new("L", (40, 40), 10 * i).save(tmp_path / "imagenet" / wnid / f"{i}.JPEG")
    small_imagenet.make(tmp_path, tmp_path / "imagenet", lambda done, wanted: None)
    assert main(monkeypatch, *words) == 0
    assert bottom.exists()
    with (tmp_path / "small_imagenet" / "images.npz").open("ab") as file:
        file.write(b"x")
    assert main(monkeypatch, *words) == 1
    assert "is damaged; make it anew" in " ".join(capsys.readouterr().out.split())


def test_help_names_the_exhibits(monkeypatch, capsys):
    assert main(monkeypatch, "--help") == 0
    assert "fig11" in capsys.readouterr().out


def test_help_needs_nothing_that_draws():
    code = (
        "import sys; from repro import reproduce; sys.argv = ['reproduce', '--help']; reproduce.main();"
        "print({'matplotlib', 'scipy', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


@pytest.mark.parametrize("words", [["fig07", "activation=softsign"], ["fig07", "fig11", "activation=relu"]])
def test_settings_that_leave_an_exhibit_no_runs_are_refused_before_work(words, tmp_path):
    request = reproduce.parse_arguments(
        [*words, f"machine.runs={tmp_path / 'runs'}", f"out={tmp_path / 'out'}"]
    )
    with pytest.raises(ConfigError, match=r"fig07: these settings leave it no runs to compare \(no run with"):
        reproduce.reproduce(request, Console(file=io.StringIO()))
    assert list(tmp_path.iterdir()) == []


def test_every_exhibit_finds_its_own_runs_before_they_are_made():
    needed = {name: reproduce.experiments_of(name, "smoke", []) for name in exhibits.EXHIBITS}
    assert reproduce.with_runs(needed, Console(file=io.StringIO())) == needed
