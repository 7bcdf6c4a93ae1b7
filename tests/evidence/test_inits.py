from collections.abc import Callable
from pathlib import Path

import pytest

from repro.drawing import style
from repro.drawing.labels import init_title
from repro.evidence import EvidenceError, inits
from repro.experiment.components import Init
from repro.runs import Run

Fake = Callable[..., Run]


def test_every_initialization_has_a_panel_a_title_and_a_look(untrained: list[Run]) -> None:
    assert inits.INITS == tuple(inits.PANEL) == tuple(style.INITS) == tuple(style.LINES)
    panels = inits.panels({init: inits.networks(untrained, init) for init in inits.INITS})
    titles = [init_title(row["init"], row["scale"]) for row in panels.to_dict("records")]
    assert titles == ["Standard (eq. 1)", "Normalized (eq. 16)", "Hidden layers, n Var[W] = 1.3"]
    assert init_title("standard", inputs="[-1, 1]") == "Standard (eq. 1), inputs in [-1, 1]"


def test_networks_of_several_scales_are_not_mixed(fake: Fake) -> None:
    runs = [fake(init=Init("normalized_hidden", (("scale", scale),)), updates=0) for scale in (1.1, 1.5)]
    assert inits.panels({"normalized_hidden": runs[1:]})["scale"].tolist() == [1.5]
    with pytest.raises(EvidenceError, match="differ in init"):
        inits.networks(runs, "normalized_hidden")


def test_networks_of_the_papers_depth_are_tanh_ones_with_five_layers(
    fake: Fake, untrained: list[Run], tmp_path: Path
) -> None:
    others = [fake(root=tmp_path, depth=4, updates=0), fake(root=tmp_path, activation="softsign", updates=0)]
    found = inits.of_papers_depth([*others, *untrained])
    assert [run for runs in found.values() for run in runs] == untrained
    assert list(found) == list(inits.INITS)
