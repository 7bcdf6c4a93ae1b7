"""The initializations that exhibits set side by side, and which of the paper's panels each belongs to."""

from typing import Any

import pandas as pd

from repro import paper
from repro.evidence.selection import Runs, init_scale, select
from repro.evidence.verdict import Kind
from repro.runs.folder import Run

INITS = ("standard", "normalized", "normalized_hidden")
"""Left to right in every figure. The paper has two; the third is our reading of its normalized panels."""

PANEL = {"standard": "standard", "normalized": "normalized", "normalized_hidden": "normalized"}
"""The paper's panel that each is compared with."""

PAPERS = ("standard", "normalized")
"""Those of the paper's text, about which it makes claims."""


def kind(init: str, trained: bool = False) -> Kind:
    """Whose statement agreement with the paper's panel is: the third initialization was fitted to how its
    panels begin, so that there it can agree, but reproduce nothing; its training is a finding of ours."""
    if init in PAPERS:
        return "paper"
    return "ours" if trained else "fit"


def networks(runs: Runs, init: str, **settings: Any) -> list[Run]:
    """The tanh networks with this initialization, by seed. Raises EvidenceError if there is none."""
    return select(runs, activation="tanh", init=init, **settings)


def of_papers_depth(runs: Runs) -> dict[str, list[Run]]:
    """The tanh networks of the paper's depth with each of INITS, by seed. Raises EvidenceError."""
    depth = paper.numbers()["setting"]["depth"]
    return {init: networks(runs, init, depth=depth) for init in INITS}


def panels(networks: dict[str, list[Run]]) -> pd.DataFrame:
    """What headings need, by initialization: init, scale (n Var[W] of the third one, nan for the others)."""
    scales = [init_scale(runs[0]) for runs in networks.values()]
    return pd.DataFrame({"init": list(networks), "scale": scales})
