import numpy as np
import pytest
from numpy.typing import NDArray

from repro import paper
from repro.evidence import densities
from repro.evidence.densities import Density, rebin
from repro.evidence.inits import INITS
from repro.runs.folder import Run

ACTIVATIONS = Density("fig06", "z", "Activation z", tolerance=0.08)


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


def test_peaks_of_known_curves(untrained: list[Run]) -> None:
    """A normal density of standard deviation σ peaks at 1/(σ√2π); so do the made-up runs."""
    table = densities.peaks(untrained, ACTIVATIONS).set_index(["init", "layer"])
    for layer in range(1, 6):
        wanted = 1 / (0.31 * 3 ** ((1 - layer) / 2) * np.sqrt(2 * np.pi))
        assert table.loc[("standard", layer), "ours"] == pytest.approx(wanted, rel=0.03)
    assert (table["n"] == 3).all()
    assert (table["half"] > 0).all()


def test_peaks_of_the_paper_are_those_of_its_curves(untrained: list[Run]) -> None:
    table = densities.peaks(untrained, ACTIVATIONS).set_index(["init", "layer"])
    curve = paper.curve("fig06_standard")
    assert table.loc[("standard", 5), "paper"] == curve.loc[curve["layer"] == 5, "y"].max()


def test_hidden_points_are_no_peaks(untrained: list[Run]) -> None:
    """In Figure 7 (normalized) the largest value of layer 1 is a guess under other curves."""
    what = Density("fig07", "ds", "∂C/∂s", tolerance=0.1)
    found = densities.peaks(untrained, what).set_index(["init", "layer"]).loc[("normalized", 1), "paper"]
    curve = paper.curve("fig07_normalized").query("layer == 1")
    assert found < curve["y"].max()
    assert found == curve.loc[curve["quality"] != "hidden", "y"].max()


def test_verdicts_follow_the_tolerance(untrained: list[Run]) -> None:
    def outcomes(tolerance: float) -> list[str]:
        what = Density("fig06", "z", "Activation z", tolerance)
        return [verdict.verdict for verdict in densities.peak_verdicts(untrained, what)]

    assert outcomes(10) == ["reproduced"] * 3
    assert outcomes(1e-6) == ["not reproduced"] * 3


def test_variance_ratios(untrained: list[Run]) -> None:
    table = densities.variance_ratios(untrained, "z_std")
    assert table.groupby("init")["mean"].mean().to_dict() == pytest.approx(
        {"standard": 1 / 3, "normalized": 1, "normalized_hidden": 1}
    )
    assert table["layer"].tolist() == [1, 2, 3, 4] * 3


def test_drawn_lines_are_the_table(untrained: list[Run]) -> None:
    figure = densities.draw(untrained, ACTIVATIONS)
    table = densities.table(untrained, ACTIVATIONS)
    for axes, init in zip(figure.axes, INITS, strict=True):
        assert len(axes.lines) == 10
        for layer in range(1, 6):
            rows = table[(table["init"] == init) & (table["layer"] == layer)]
            ours, theirs = axes.lines[2 * layer - 2 : 2 * layer]
            assert ours.get_ydata().tolist() == rows.loc[rows["source"] == "ours", "density"].tolist()
            assert theirs.get_xdata().tolist() == rows.loc[rows["source"] == "paper", "x"].tolist()
            assert theirs.get_linestyle() == "None"
