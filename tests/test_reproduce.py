import subprocess
import sys
from pathlib import Path

import pytest

from repro import compose, exhibits, reproduce
from repro.config import ConfigError
from repro.reproduce import experiments_of, parse_arguments

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


@pytest.mark.parametrize(
    ("name", "message"),
    [("fig02", "fig02: not built yet"), ("fig99", "no such exhibit"), ("table7", "no such")],
)
def test_an_exhibit_that_is_not_there(name, message):
    if name in exhibits.EXHIBITS:
        pytest.skip("built by now")
    with pytest.raises(ConfigError, match=message):
        parse_arguments([name])


@pytest.mark.parametrize("name", exhibits.EXHIBITS)
@pytest.mark.parametrize("scale", ["smoke", "quick", "lab", "paper"])
def test_every_exhibit_lists_runs_that_compose(name, scale):
    runs = experiments_of(name, scale, [])
    assert len({experiment.run_id for experiment, _ in runs}) == len(runs)


def test_measurements_before_training_are_full_size_at_every_scale():
    for name in ("fig06", "fig07", "fig08", "jacobian"):
        for experiment, _ in experiments_of(name, "smoke", []):
            assert (experiment.updates, experiment.widths) == (0, (1000,) * 5)


def test_settings_on_the_command_line_replace_the_exhibits_own():
    seeds = {experiment.seed for experiment, _ in experiments_of("fig06", "quick", ["seed=7"])}
    assert seeds == {7}


def test_a_mistake_is_refused_before_any_work(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(monkeypatch, "fig01", "sede=1") == 2
    assert "unknown key sede; did you mean seed?" in capsys.readouterr().err
    assert main(monkeypatch, "fig03", "scale=tiny") == 2
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
    assert {path.name for path in folder.iterdir()} == {"fig03.png", "fig03.svg", "fig03.csv", "README.md"}
    assert "scale smoke" in (folder / "README.md").read_text()
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    code = "import sys; from repro import reproduce; reproduce.main(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert "2 complete, 0 to do" in done.stdout
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


def test_help_names_the_exhibits(monkeypatch, capsys):
    assert main(monkeypatch, "--help") == 0
    assert "fig11" in capsys.readouterr().out


def test_exhibit_files_and_modules_are_the_same():
    assert {path.stem for path in (compose.CONF / "exhibit").glob("*.yaml")} == set(exhibits.EXHIBITS)
