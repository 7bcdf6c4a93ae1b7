"""The initializations that exhibits set side by side, and which of the paper's panels each belongs to."""

from repro.evidence.selection import Runs, select
from repro.runs.folder import Run

INITS = ("standard", "normalized", "normalized_hidden")
"""Left to right in every figure. The paper has two; the third is our reading of its normalized panels."""

PANEL = {"standard": "standard", "normalized": "normalized", "normalized_hidden": "normalized"}
"""The paper's panel that each is compared with."""

PAPERS = ("standard", "normalized")
"""Those of the paper's text, about which it makes claims."""


def networks(runs: Runs, init: str, **settings: object) -> list[Run]:
    """The tanh networks with this initialization, by seed. Raises EvidenceError if there is none."""
    return select(runs, activation="tanh", init=init, **settings)


def title(name: str, runs: Runs) -> str:
    """Heading of a panel, by the name of its variant; the third initialization is named by what it does."""
    init, comma, more = name.partition(",")
    if init == "normalized_hidden":
        scale = next(run.experiment.init_scale for run in runs if run.experiment.init == init)
        return f"Hidden layers, n Var[W] = {scale:g}{comma}{more}"
    return {"standard": "Standard (eq. 1)", "normalized": "Normalized (eq. 16)"}[init] + comma + more
