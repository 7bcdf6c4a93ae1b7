from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from repro import paper
from repro.evidence import EvidenceError, densities
from repro.evidence.densities import Density, rebin
from repro.evidence.inits import INITS
from repro.runs import Run

ACTIVATIONS = Density("fig06", "z")


@pytest.fixture(scope="module")
def tables(untrained: list[Run]) -> dict[str, Any]:
    return densities.tables(untrained, ACTIVATIONS)


def gaussian(std: float, bins: int, reach: float) -> NDArray[np.float64]:
    edges = np.linspace(-reach, reach, bins + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    return np.stack([centres, np.exp(-((centres / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi))])


def test_rebin_conserves_mass() -> None:
    histogram = gaussian(0.1, 200, 1)
    grid = 0.03 * np.arange(-40, 41)
    assert rebin(histogram, grid).sum() * 0.03 == pytest.approx(histogram[1].sum() * 0.01)


def test_rebin_onto_its_own_bins_changes_nothing() -> None:
    histogram = gaussian(0.1, 200, 1)
    assert rebin(histogram, histogram[0]) == pytest.approx(histogram[1])


def test_rebin_onto_coarser_cells_averages() -> None:
    histogram = np.array([[0.5, 1.5, 2.5, 3.5], [0.1, 0.2, 0.3, 0.4]])
    assert rebin(histogram, np.array([1.0, 3.0])) == pytest.approx([0.15, 0.35])


def test_rebin_is_zero_outside() -> None:
    assert rebin(gaussian(0.1, 100, 0.5), np.array([0.0, 1.0, 2.0]))[1:] == pytest.approx([0, 0], abs=1e-3)


def test_rebin_follows_the_density() -> None:
    grid = 0.002 * np.arange(-100, 101)
    std = 0.02
    wanted = np.exp(-((grid / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi))
    assert rebin(gaussian(std, 401, 10 * std), grid) == pytest.approx(wanted, abs=0.1)


def test_a_histogram_that_is_not_there_is_named(untrained: list[Run]) -> None:
    with pytest.raises(EvidenceError, match=r"shapeset-tanh-standard.* has no histogram z/0/6"):
        densities.histogram(untrained[0], "z", 6)


def test_peaks_of_known_curves(tables: dict[str, Any]) -> None:
    """A normal density of standard deviation σ peaks at 1/(σ√2π); so do the made-up runs."""
    table = tables["peaks"].set_index(["init", "layer"])
    for layer in range(1, 6):
        wanted = 1 / (0.31 * 3 ** ((1 - layer) / 2) * np.sqrt(2 * np.pi))
        assert table.loc[("standard", layer), "ours"] == pytest.approx(wanted, rel=0.03)
    assert (table["n"] == 3).all()
    assert (table["half"] > 0).all()


def test_peaks_of_the_paper_are_those_of_its_curves(tables: dict[str, Any]) -> None:
    table = tables["peaks"].set_index(["init", "layer"])
    curve = paper.curve("fig06_standard")
    assert table.loc[("standard", 5), "paper"] == curve.loc[curve["layer"] == 5, "y"].max()


def test_hidden_points_are_no_peaks(untrained: list[Run]) -> None:
    """In Figure 7 (normalized) the largest value of layer 1 is a guess under other curves."""
    peaks = densities.tables(untrained, Density("fig07", "ds"))["peaks"]
    found = peaks.set_index(["init", "layer"]).loc[("normalized", 1), "paper"]
    curve = paper.curve("fig07_normalized").query("layer == 1")
    assert found < curve["y"].max()
    assert found == curve.loc[curve["quality"] != "hidden", "y"].max()


def test_verdicts_follow_the_tolerance(tables: dict[str, Any]) -> None:
    def outcomes(tolerance: float) -> list[str]:
        return [verdict.outcome for verdict in densities.peak_verdicts(tables, ACTIVATIONS, tolerance)]

    assert outcomes(10) == ["reproduced", "reproduced", "fitted"]
    assert outcomes(1e-6) == ["not reproduced", "partly", "not fitted"]


def test_each_peak_is_a_measure(tables: dict[str, Any]) -> None:
    verdicts = densities.peak_verdicts(tables, ACTIVATIONS, 0.08)
    assert [verdict.subject for verdict in verdicts] == [{"init": init} for init in INITS]
    assert {verdict.claim for verdict in verdicts} == {"fig06.peaks"}
    assert {verdict.statement for verdict in verdicts} == {"Figure 6: peaks of layers 1 to 5"}
    peaks = tables["peaks"].query("init == 'normalized'")
    for measure, peak in zip(verdicts[1].measures, peaks.to_dict("records"), strict=True):
        assert measure.of == {"layer": peak["layer"]}
        assert (measure.value, measure.paper, measure.n) == (peak["ours"], peak["paper"], 3)
        assert measure.high - measure.low == pytest.approx(2 * peak["half"])
        near = abs(peak["ours"] - peak["paper"]) <= 0.08 * peak["paper"] + peak["error"]
        assert measure.holds is bool(near)


def test_variances_of_each_network(tables: dict[str, Any]) -> None:
    """Made up: those of activations fall by 3 per layer with the standard initialization."""
    table = tables["variances"]
    assert len(table) == 3 * 3 * 5
    wide = table[table["init"] == "standard"].pivot(index="run", columns="layer", values="value")
    assert (wide[5] / wide[1]).tolist() == pytest.approx([1 / 81] * 3)
    assert wide[1].nunique() == 3


def test_summary_is_the_peaks(tables: dict[str, Any]) -> None:
    summary = densities.summary(tables)
    assert summary["layer"].tolist() == [1, 2, 3, 4, 5] * 3
    assert summary["peak, ours"].str.contains("±").all()
    assert summary["peak, paper"].iloc[0] == "1.37 ± 0.03"


def test_the_papers_spread_is_the_variance_of_its_curves() -> None:
    curve = paper.curve("fig06_standard")
    spread = densities.papers_spread("fig06", "standard")
    for layer, own in curve.groupby("layer"):
        assert spread[layer] == pytest.approx(np.average(own["x"] ** 2, weights=own["y"]))


def test_a_small_difference_has_no_minus(tables: dict[str, Any]) -> None:
    ratios = [0.998, 1.002, 0.9, 1.234, 1.0]
    peaks = tables["peaks"].head(5).assign(ratio=ratios)
    found = densities.summary({"peaks": peaks})["difference"].tolist()
    assert found == ["+0%", "+0%", "-10%", "+23%", "+0%"]
