from collections.abc import Callable

import pytest

from repro.drawing import style
from repro.evidence import EvidenceError, inits
from repro.experiment import settings as config
from repro.runs.folder import Run

Fake = Callable[..., Run]


def test_every_initialization_has_a_panel_a_title_and_a_look(untrained: list[Run]) -> None:
    assert inits.INITS == config.INITS == tuple(inits.PANEL) == tuple(style.INITS) == tuple(style.LINES)
    titles = [inits.title(init, untrained) for init in inits.INITS]
    assert titles == ["Standard (eq. 1)", "Normalized (eq. 16)", "Hidden layers, n Var[W] = 1.3"]


def test_title_has_the_scale_of_the_runs(fake: Fake) -> None:
    run = fake(init="normalized_hidden", init_scale=1.5, updates=0)
    assert inits.title("normalized_hidden", [run]).endswith("= 1.5")


def test_networks_by_scale(fake: Fake) -> None:
    runs = [fake(init="normalized_hidden", init_scale=scale, updates=0) for scale in (1.1, 1.5)]
    assert inits.networks(runs, "normalized_hidden", init_scale=1.5) == runs[1:]
    with pytest.raises(EvidenceError, match="differ in init_scale"):
        inits.networks(runs, "normalized_hidden")
