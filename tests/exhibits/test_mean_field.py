"""Mean-field theory beside runs that are made by it, and beside runs that aren't."""

import numpy as np
import pytest

from repro.data.shapeset.stream import Shapeset
from repro.evidence import predictions
from repro.exhibits import mean_field
from repro.experiment.settings import Dataset, Experiment
from repro.runs import Run


def test_images_of_the_jacobians_are_the_first_that_are_tested_on() -> None:
    x = Shapeset(0, stream="test").examples(0, 3)[0].double() / 255
    assert pytest.approx(x.square().mean(1).tolist(), abs=1e-4) == predictions.BRIGHTNESS
    assert pytest.approx(x.mean(1).tolist(), abs=1e-4) == predictions.MEANS
    wide = predictions.brightness(Experiment(Dataset(low=-1.0)))
    assert wide == pytest.approx((2 * x - 1).square().mean(1).tolist(), abs=1e-3)


def test_images_are_like_those_measured_on() -> None:
    measured = Shapeset(0, stream="test").examples(0, 2000)[0].double() / 255
    assert np.square(predictions.images()).mean() == pytest.approx(measured.square().mean().item(), rel=0.04)


def test_the_initializations_that_are_compared() -> None:
    """fan_in Var[W] of eq. 15, of eq. 16 with 1024 inputs, and of the third one's hidden layers."""
    gains = {
        init: [layer.weights for layer in predictions.layers(Experiment(init=init))]
        for init in ("standard", "normalized", "normalized_hidden")
    }
    assert gains["standard"] == pytest.approx([1 / 3] * 5)
    assert gains["normalized"] == pytest.approx([2 * 1024 / 2024, 1, 1, 1, 1])
    assert gains["normalized_hidden"] == pytest.approx([1 / 3, 1.3, 1.3, 1.3, 1.3])


def test_predictions_start_where_measured_and_nowhere_else(untrained: list[Run]) -> None:
    tables = mean_field.tables(untrained)
    wide = (
        tables["points"]
        .query("source != 'paper'")
        .pivot(index=["init", "quantity", "layer"], columns="source", values="value")
    )
    for quantity in ("ds_std", "ds_batch_std"):
        top = wide.loc[:, quantity, 5]
        assert top["mean field"].to_numpy() == pytest.approx(top["measured"].to_numpy())
        assert top["linear"].to_numpy() == pytest.approx(top["measured"].to_numpy())
    ratios = tables["ratios"]
    assert not len(ratios.query("layer == 5 and quantity in ['ds_std', 'ds_batch_std']"))
    assert not len(ratios.query("layer == 1 and quantity == 'jacobian_mean'"))
    z = wide.loc["standard", "z_std"]["mean field"].to_numpy()
    assert z == pytest.approx([0.30, 0.17, 0.098, 0.056, 0.032], rel=0.03)


def test_networks_that_obey_the_linear_theory_disagree(untrained: list[Run]) -> None:
    """The made-up networks keep all variances with eq. 16; tanh can't."""
    verdicts = {v.claim: v for v in mean_field.verdicts(mean_field.tables(untrained))}
    assert verdicts["mean_field.z_std"].outcome != "supported"
    assert len(verdicts) == 6


def test_what_was_measured_as_predicted_agrees(untrained: list[Run]) -> None:
    tables = dict(mean_field.tables(untrained))
    tables["ratios"] = tables["ratios"].assign(ratio=1.04)
    assert {v.outcome for v in mean_field.verdicts(tables)} == {"supported"}
    assert "54 of 54" in mean_field.answer(tables) and "off by 4%" in mean_field.answer(tables)
    tables["ratios"] = tables["ratios"].assign(ratio=0.94)
    assert {v.outcome for v in mean_field.verdicts(tables)} == {"not supported"}
    assert "0 of 54" in mean_field.answer(tables)


def test_a_panel_for_each_figure(untrained: list[Run]) -> None:
    tables = mean_field.tables(untrained)
    titles = [axes.get_title("left") for axes in mean_field.draw(tables).axes]
    assert [title[:8] for title in titles] == ["Figure 6", "Figure 7", "Figure 8", "Mean sin"]
