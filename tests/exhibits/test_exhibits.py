"""What holds for all exhibits: files, links, bytes, verdicts, and that none of them needs torch."""

import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from repro import exhibits, paper
from repro.evidence import EvidenceError
from repro.evidence.inits import INITS
from repro.evidence.verdict import Outcome
from repro.exhibits import EXHIBITS, STUDIES
from repro.experiment.values import ConfigError
from repro.report.folder import write_folder
from repro.reproduce import experiments_of
from repro.runs import Run

Fake = Callable[..., Run]
ROOT = Path(__file__).parents[2]
ALL = EXHIBITS + STUDIES


@pytest.fixture(scope="module")
def needed(fake: Fake) -> Callable[[str], list[Run]]:
    """The runs that an exhibit lists, made up."""
    made = cache(lambda experiment: fake(**vars(experiment)))  # exhibits share most of them
    return cache(lambda name: [made(experiment) for experiment, _ in experiments_of(name, "quick", [])])


@pytest.fixture(scope="module")
def found(needed: Callable[[str], list[Run]]) -> Callable[[str], exhibits.Evidence]:
    """The evidence of an exhibit."""
    return cache(lambda name: exhibits.evidence(name, needed(name), "quick"))


@pytest.fixture(scope="module")
def out(
    needed: Callable[[str], list[Run]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """The folder of an exhibit, made once."""
    folder = tmp_path_factory.mktemp("figures")

    @cache
    def made(name: str) -> Path:
        return write_folder(name, needed(name), "quick", folder)[0].parent

    return made


@pytest.mark.parametrize("name", ALL)
def test_made_again_it_is_the_same_to_the_byte(
    name: str, needed: Callable[[str], list[Run]], out: Callable[[str], Path], tmp_path: Path
) -> None:
    written = write_folder(name, [Run(run.path) for run in needed(name)], "quick", tmp_path)
    files = {f"{name}.png", f"{name}.svg", f"{name}.csv", "verdicts.json", "README.md"}
    assert {path.name for path in written} == files == {path.name for path in out(name).iterdir()}
    for path in written:
        assert path.read_bytes() == (out(name) / path.name).read_bytes()


@pytest.mark.parametrize("name", ALL)
def test_links_lead_to_files_beside_the_page(name: str, out: Callable[[str], Path]) -> None:
    links = re.findall(r"\]\(([^)]+)\)", (out(name) / "README.md").read_text(encoding="utf-8"))
    assert len(links) == 4
    assert all((out(name) / link).is_file() for link in links)


@pytest.mark.parametrize("name", ALL)
def test_verdicts_have_numbers_and_words(name: str, found: Callable[[str], exhibits.Evidence]) -> None:
    evidence = found(name)
    for verdict in evidence.verdicts:
        assert "evidence is missing" not in verdict.reason  # its rule finds the tables that it reads
        assert verdict.claim in {**paper.claims(), **paper.contradictions()} or (
            verdict.claim.startswith(f"{name}.")
            and verdict.statement.startswith(("Figure ", "Our finding: "))
        )
        if verdict.outcome == "not tested":
            assert verdict.reason
        else:
            assert verdict.quantity and verdict.rule and verdict.holds[1]
            assert verdict.paper or any(math.isfinite(measure.paper) for measure in verdict.measures)
        assert verdict.runs == evidence.runs and verdict.conditions == evidence.conditions
    names = [(verdict.claim, tuple(verdict.subject.values())) for verdict in evidence.verdicts]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ALL)
def test_verdicts_are_json_and_the_same_as_on_the_page(name: str, out: Callable[[str], Path]) -> None:
    text = (out(name) / "verdicts.json").read_text(encoding="utf-8")
    assert "NaN" not in text and "Infinity" not in text
    judged = json.loads(text)
    assert judged["exhibit"] == name
    page = (out(name) / "README.md").read_text(encoding="utf-8")
    section = page.partition("## What agrees")[2].partition("\n## ")[0]
    outcomes = re.findall(rf"\| \*\*({'|'.join(get_args(Outcome))})\*\* \|", section)
    assert [verdict["outcome"] for verdict in judged["verdicts"]] == outcomes
    for line in [line for line in section.splitlines() if line.startswith("|")]:
        assert len(re.findall(r"(?<!\\)\|", line)) == 6  # five columns
        assert not re.search(r"\bnan\b", line)


@pytest.mark.parametrize("name", ALL)
def test_points_are_tidy_and_are_the_csv(
    name: str, found: Callable[[str], exhibits.Evidence], out: Callable[[str], Path]
) -> None:
    points = found(name).tables["points"]
    assert len(points) and not points.duplicated().any()
    written = pd.read_csv(out(name) / f"{name}.csv")
    assert written.columns.tolist() == points.columns.tolist() and len(written) == len(points)


@pytest.mark.parametrize("name", ALL)
def test_drawing_and_judging_leave_the_tables_alone(
    name: str, found: Callable[[str], exhibits.Evidence]
) -> None:
    exhibit, tables = exhibits.load(name), found(name).tables
    before = {key: table.copy(deep=True) for key, table in tables.items()}
    first, again = (
        (exhibit.verdicts(tables), exhibit.summary(tables).to_csv(), len(exhibit.draw(tables).axes))
        for _ in range(2)
    )
    assert repr(first) == repr(again)
    for key, table in before.items():
        pd.testing.assert_frame_equal(tables[key], table)


def test_small_networks_test_nothing(fake: Fake) -> None:
    runs = [fake(init=init, width=50, updates=0) for init in INITS]
    verdicts = exhibits.evidence("fig06", runs, "smoke").verdicts
    assert {verdict.outcome for verdict in verdicts} == {"not tested"}
    assert verdicts[0].reason == "width 50 (paper: 1000)"


def test_nothing_is_written_when_runs_are_missing(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no run with"):
        write_folder("fig06", [], "quick", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(fake: Fake, tmp_path: Path) -> None:
    runs = [fake(root=tmp_path, init=init, updates=0) for init in INITS]
    (runs[1].path / "histograms.npz").unlink()
    with pytest.raises(EvidenceError, match=r"normalized.*histograms\.npz is missing"):
        write_folder("fig06", runs, "quick", tmp_path / "out")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("histograms.npz", b"PK not a zip", r"histograms\.npz is damaged"),
        ("monitor.csv", b"", r"monitor\.csv is damaged"),
        ("config.yaml", b"a: [", r"unreadable config\.yaml"),
    ],
)
def test_a_damaged_file_is_named_with_its_run(
    fake: Fake, tmp_path: Path, file: str, content: bytes, said: str
) -> None:
    runs = [fake(root=tmp_path, init=init, updates=0) for init in INITS]
    (runs[1].path / file).write_bytes(content)
    damaged = [Run(run.path) for run in runs]
    with pytest.raises(EvidenceError, match=rf"{runs[1].path.name}.*{said}.*remove the folder"):
        write_folder("fig06", damaged, "quick", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_mistake_in_an_exhibit_is_no_damaged_run(
    needed: Callable[[str], list[Run]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(runs: list[Run]) -> Mapping[str, pd.DataFrame]:
        raise KeyError("points")

    monkeypatch.setattr(exhibits.load("fig06"), "tables", mistaken)
    with pytest.raises(KeyError):
        exhibits.evidence("fig06", needed("fig06"), "quick")


NEW = '''"""A new one: nothing but its docstring

What it shows.

Implementation details
- None.
"""

import pandas as pd
from matplotlib.figure import Figure

from repro.evidence.verdict import Measure, Verdict, judged

RUNS = ()


def tables(runs):
    return {"points": pd.DataFrame({"x": [1, 2], "y": [3, 4]})}


def draw(tables):
    figure = Figure()
    figure.subplots().plot(tables["points"]["x"], tables["points"]["y"])
    return figure


def summary(tables):
    return tables["points"]


def verdicts(tables):
    found = (Measure({"x": 1}, 3.0, paper=3.0, holds=True),)
    return [judged(Verdict("new_one.y", "not tested", "y", "", "equal", found, statement="Figure 99: y"))]
'''


def test_a_new_exhibit_is_one_file(tmp_path: Path) -> None:
    """Dropped beside the others it is listed, drawn with all its files, and a target of make."""
    ignore = shutil.ignore_patterns("__pycache__", "*.so")
    for folder in ("repro", "conf"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    for file in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / file, tmp_path)
    (tmp_path / "repro" / "exhibits" / "new_one.py").write_text(NEW, encoding="utf-8")
    command = [sys.executable, "-m", "repro.reproduce"]
    listed, made = (
        subprocess.run([*command, *words], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        for words in (["--help"], ["new_one", "out=out"])
    )
    assert "new_one" in listed and "drawn new_one" in made
    files = {path.name for path in (tmp_path / "out" / "new_one").iterdir()}
    assert files == {"new_one.png", "new_one.svg", "new_one.csv", "verdicts.json", "README.md"}
    page = (tmp_path / "out" / "new_one" / "README.md").read_text(encoding="utf-8")
    assert "| Figure 99: y | **reproduced** | y: 1: 3.00 (n = 1) | 1: 3.00 | 1 of 1: equal |" in page
    if make := shutil.which("make"):
        asked = subprocess.run(
            [make, "-n", "new_one", "fig3"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert "repro.reproduce new_one scale=quick" in asked.stdout
        assert "repro.reproduce fig3 scale=quick" in asked.stdout


def test_unknown_exhibit_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="fig99: no such exhibit; expected one of fig01, fig02"):
        exhibits.load("fig99")


def test_every_exhibit_lists_its_runs() -> None:
    for name in ALL:
        runs = exhibits.load(name).RUNS
        assert isinstance(runs, tuple)
        assert all(word.count("=") == 1 for entry in runs for word in entry.split())


def test_exhibits_before_training_share_their_runs() -> None:
    lists = {exhibits.load(name).RUNS for name in ("fig06", "fig07", "fig08", "jacobian", "linear_theory")}
    assert len(lists) == 1


def test_nothing_here_imports_torch() -> None:
    modules = "".join(f"exhibits.load('{name}');" for name in ALL)
    code = f"import sys; from repro import exhibits; {modules} import repro.report.folder"
    code += "; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_naming_the_exhibits_is_quick() -> None:
    """The command line lists them before it needs to draw."""
    code = "import sys; import repro.exhibits; print('matplotlib' in sys.modules or 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
