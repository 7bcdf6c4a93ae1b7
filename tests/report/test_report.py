"""The report's files, its command, and publishing."""

import csv
import hashlib
import io
import json
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from repro import paper
from repro.experiment.components import Activation, Baseline
from repro.experiment.settings import Optimizer
from repro.experiment.values import ConfigError
from repro.report import __main__ as command
from repro.report import exports
from repro.report.publish import publish
from repro.report.web import densities, live, markdown
from repro.report.web.numbers import short
from repro.runs import Run
from repro.theory import mean_field
from tests.report.conftest import ODD


def sums(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_every_claim_has_a_verdict_or_an_honest_reason(report: Path) -> None:
    rows = json.loads((report / "claims.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == [*paper.claims(), *paper.contradictions()]
    for row in rows:
        assert row["reason"] if row["outcome"] == "not tested" else row["measures"]
        assert all((report / link).is_file() for link in row["evidence"])
    assert any(row["evidence"] for row in rows)


def test_numbers_have_at_most_six_digits(report: Path) -> None:
    numbers = re.findall(r"-?\d+\.\d+(?:e-?\d+)?", (report / "claims.json").read_text(encoding="utf-8"))
    assert all(float(f"{float(number):.6g}") == float(number) for number in numbers)


def test_links_of_the_overview_lead_somewhere(report: Path) -> None:
    text = (report / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 20
    assert all((report / link).is_file() for link in links)
    assert all(f"**{claim}** " in text for claim in paper.claims())
    assert "Share of the paper's 2.5 million updates" in text


def test_the_claims_as_csv_and_latex(report: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((report / "claims.csv").read_text(encoding="utf-8"))))
    assert [row["id"] for row in rows] == [*paper.claims(), *paper.contradictions()]
    text = (report / "claims.tex").read_text(encoding="utf-8")
    assert text.count(r" \\") == len(rows) + 1
    table = (report / "table1.tex").read_text(encoding="utf-8")
    assert r"\textbf{16.27}" in table and r"$\pm$" in table  # the paper's best, our errors


def test_latex_escapes_what_it_would_misread() -> None:
    frame = pd.DataFrame({"a_b": [r"50 % & #1 {x} ~ ^ \y $", "**1.5** ± 0.2"]})
    text = exports.latex(frame)
    assert r"a\_b" in text
    assert r"50 \% \& \#1 \{x\} \textasciitilde{} \textasciicircum{} \textbackslash{}y \$" in text
    assert r"\textbf{1.5} $\pm$ 0.2" in text


def test_the_page_is_one_small_file_that_names_no_host(report: Path) -> None:
    text = (report / "report.html").read_text(encoding="utf-8")
    assert len(text.encode()) < 8_000_000
    outside = re.sub(r'<script type="application/octet-stream".*?</script>', "", text, flags=re.S)
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", outside)
    assert ODD not in text and "&lt;script&gt;alert(1)" in text
    assert text.count("<script") == 3  # data, library, ours
    assert "Not at the paper's length." in text


def test_made_again_it_is_the_same_to_the_byte(
    report: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repro.exhibits.EXHIBITS", ("fig01", "jacobian"))
    monkeypatch.setattr("repro.exhibits.STUDIES", ())
    for name in ("one", "two"):
        assert command.main([f"runs={store}", f"out={tmp_path / name}"]) == 0
    first = {name: value for name, value in sums(tmp_path / "one").items() if name != "README.md"}
    assert first == {name: value for name, value in sums(tmp_path / "two").items() if name != "README.md"}
    assert {"report.html", "claims.json", "quick/jacobian/README.md"} <= set(first)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnus=x"], "unknown key rnus; did you mean runs?"),
        (["fig07"], "fig07: expected publish"),
        (["scale=tiny"], "scale = tiny: expected some of smoke, quick"),
        (["publish"], "name the folder of the runs"),
        (["runs=nowhere"], "nowhere: no such folder"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(words) == 2
    assert message in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_without_enough_runs_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    assert command.main(["runs=runs"]) == 2
    assert "no exhibit has all its runs in runs" in capsys.readouterr().err


def test_own_runs_never_go_to_the_published_folder() -> None:
    assert command.parse([]).out == Path("figures")
    assert command.parse(["runs=runs"]).out == Path("results")
    assert command.parse(["runs=runs,figures/runs"]).out == Path("results")


def test_publishing_leaves_weights_behind_and_runs_as_they_are(fake, tmp_path):  # type: ignore[no-untyped-def]
    runs = [fake(root=tmp_path / "mine", seed=seed) for seed in (0, 1)]
    runs[0].checkpoint.write_bytes(b"weights")
    (runs[0].path / ".lock").touch()
    new, size = publish(runs, tmp_path / "published")
    copies = [Run(tmp_path / "published" / run.path.name) for run in runs]
    assert new == 2 and size == sum(p.stat().st_size for c in copies for p in c.path.iterdir())
    assert not copies[0].checkpoint.exists() and not (copies[0].path / ".lock").exists()
    assert copies[0].experiment == runs[0].experiment and copies[0].complete
    pd.testing.assert_frame_equal(copies[0].monitor, runs[0].monitor)
    before = sums(tmp_path / "published")
    assert publish(runs, tmp_path / "published")[0] == 0
    assert sums(tmp_path / "published") == before


def test_other_results_are_not_published_over_the_old(fake, tmp_path):  # type: ignore[no-untyped-def]
    run, other = (fake(root=tmp_path / "mine", seed=seed) for seed in (0, 1))
    publish([run], tmp_path / "published")
    before = sums(tmp_path / "published")
    run.write_json("result", {"test_error": 0.1})
    with pytest.raises(ConfigError, match="has other results than"):
        publish([run, other], tmp_path / "published")
    assert sums(tmp_path / "published") == before


def test_an_interrupted_copy_leaves_nothing(fake, tmp_path, monkeypatch):  # type: ignore[no-untyped-def]
    run = fake(root=tmp_path / "mine", seed=0)

    def full(source: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="no space"):
        publish([run], tmp_path / "published")
    assert list((tmp_path / "published").iterdir()) == []


def test_what_is_no_usual_network_is_in_no_slider(fake, tmp_path):  # type: ignore[no-untyped-def]
    usual = fake(root=tmp_path, activation="tanh")
    others = [
        fake(root=tmp_path, activation="tanh", n_train=100),
        fake(root=tmp_path, baseline=Baseline("svm"), n_train=100),
        fake(root=tmp_path, activation="tanh", optimizer=Optimizer("gradient_variance")),
        fake(root=tmp_path, activation="tanh", bias_std=0.1),
        fake(root=tmp_path, activation="tanh", cost="quadratic"),
    ]
    (others[1].path / "monitor.csv").unlink()  # an SVM has no layers
    assert densities.chosen([*others, usual]) == [usual]
    assert live._networks([*others, usual]) == [[usual]]


def test_pages_are_text_whatever_is_in_them() -> None:
    links = "[a](../fig07/README.md) [b](x.csv)"
    page = f"# T\n\n![T](x.png)\n\n<script>alert(1)</script> `<b>` {links}\n\n| a |\n| --- |\n| <i> |\n"
    html = markdown.html(page, "quick/x")
    assert "<script" not in html and "<i>" not in html and "<b>" not in html and "<img" not in html
    assert 'href="#fig07"' in html and 'href="quick/x/x.csv"' in html
    assert '<div class="scroll" tabindex="0"' in html


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.123456, 0.1235), (1234567.0, 1235000), (float("nan"), None), (float("inf"), None), (0.0, 0)],
)
def test_short_numbers(value: float, printed: float | None) -> None:
    assert short(value) == printed


def test_singular_values_are_a_quarter_circle_where_the_slope_is_one() -> None:
    assert live.spectra("tanh")[0] == pytest.approx(8 / (3 * math.pi), abs=1e-3)
    assert np.all(np.diff(live.spectra("tanh")[8:]) < 0)  # the more unequal the slopes, the smaller
    assert np.ptp(live.spectra("relu")) < 1e-6


def test_the_inputs_are_read_off_the_first_layer() -> None:
    variance = float(mean_field.activation_variance(Activation("tanh"), 0.11))
    assert live._x_square(variance, 1 / 3) == pytest.approx(0.33, rel=2e-3)
