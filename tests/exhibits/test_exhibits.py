"""What holds for all exhibits: files, links, bytes, verdicts, and that none of them needs torch."""

import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from repro import exhibits, paper
from repro.evidence import EvidenceError
from repro.exhibits import EXHIBITS
from repro.experiment.settings import INITS
from repro.experiment.values import ConfigError
from repro.report.folder import write_folder
from repro.reproduce import experiments_of
from repro.runs import Run

Fake = Callable[..., Run]
CONF = Path(__file__).parents[2] / "conf" / "exhibit"


@pytest.fixture(scope="module")
def needed(fake: Fake) -> dict[str, list[Run]]:
    """The runs that each exhibit's file asks for, made up."""
    listed = {name: [experiment for experiment, _ in experiments_of(name, "quick", [])] for name in EXHIBITS}
    made = {e: fake(**vars(e)) for e in itertools.chain.from_iterable(listed.values())}
    return {name: [made[experiment] for experiment in listed[name]] for name in EXHIBITS}


@pytest.fixture(scope="module")
def out(needed: dict[str, list[Run]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every exhibit was made once."""
    folder = tmp_path_factory.mktemp("figures")
    for name in EXHIBITS:
        write_folder(name, needed[name], "quick", folder)
    return folder


@pytest.mark.parametrize("name", EXHIBITS)
def test_made_again_it_is_the_same_to_the_byte(
    name: str, needed: dict[str, list[Run]], out: Path, tmp_path: Path
) -> None:
    written = write_folder(name, needed[name], "quick", tmp_path)
    assert {path.name for path in written} == {f"{name}.png", f"{name}.svg", f"{name}.csv", "README.md"}
    for path in written:
        assert path.read_bytes() == (out / name / path.name).read_bytes()


@pytest.mark.parametrize("name", EXHIBITS)
def test_nothing_else_is_left_in_the_folder(name: str, out: Path) -> None:
    assert len(list((out / name).iterdir())) == 4


@pytest.mark.parametrize("name", EXHIBITS)
def test_links_lead_to_files_beside_the_page(name: str, out: Path) -> None:
    page = out / name / "README.md"
    links = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert len(links) == 3
    assert all((page.parent / link).is_file() for link in links)


@pytest.mark.parametrize("name", EXHIBITS)
def test_verdicts_name_claims_and_have_numbers(name: str, needed: dict[str, list[Run]]) -> None:
    for verdict in exhibits.judge(name, needed[name]):
        assert verdict.claim in paper.claims() or verdict.claim.startswith(("Figure ", "Our finding: "))
        assert verdict.measured and verdict.paper and verdict.why
        assert "nan" not in verdict.measured


@pytest.mark.parametrize("name", EXHIBITS)
def test_table_is_tidy(name: str, needed: dict[str, list[Run]]) -> None:
    table = exhibits.load(name).table(needed[name])
    assert isinstance(table, pd.DataFrame)
    assert len(table) and not table.duplicated().any()


def test_small_networks_test_nothing(fake: Fake) -> None:
    runs = [fake(init=init, width=50, updates=0) for init in INITS]
    verdicts = exhibits.judge("fig06", runs)
    assert {verdict.verdict for verdict in verdicts} == {"not tested"}
    assert verdicts[0].why == "width 50 (paper: 1000)"


def test_nothing_is_written_when_runs_are_missing(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no run with"):
        write_folder("fig06", [], "quick", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(fake: Fake, tmp_path: Path) -> None:
    runs = [fake(root=tmp_path, init=init, updates=0) for init in ("standard", "normalized")]
    (runs[1].path / "histograms.npz").unlink()
    with pytest.raises(EvidenceError, match=r"normalized.*histograms\.npz is missing"):
        write_folder("fig06", runs, "quick", tmp_path / "out")


def test_unknown_exhibit_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="fig99: no such exhibit; expected one of fig01, fig02"):
        exhibits.load("fig99")


def test_every_exhibit_lists_its_runs() -> None:
    assert {path.stem for path in CONF.glob("*.yaml")} >= set(EXHIBITS)
    for name in EXHIBITS:
        entries = yaml.safe_load((CONF / f"{name}.yaml").read_text(encoding="utf-8"))["runs"]
        assert all(word.count("=") == 1 for entry in entries for word in entry.split())


def test_exhibits_before_training_share_their_runs() -> None:
    texts = [
        (CONF / f"{name}.yaml").read_text(encoding="utf-8")
        for name in ("fig06", "fig07", "fig08", "jacobian")
    ]
    assert len({str(yaml.safe_load(text)) for text in texts}) == 1


def test_nothing_here_imports_torch() -> None:
    modules = "".join(f"exhibits.load('{name}');" for name in EXHIBITS)
    code = f"import sys; from repro import exhibits; {modules} import repro.report.page"
    code += "; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_naming_the_exhibits_is_quick() -> None:
    """The command line lists them before it needs to draw."""
    code = "import sys; import repro.exhibits; print('matplotlib' in sys.modules or 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
