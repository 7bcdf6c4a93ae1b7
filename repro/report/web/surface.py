"""Figure 5 as surfaces to turn."""

from typing import Any

from repro.drawing.cost_surfaces import COLOURS
from repro.evidence.cost_surfaces import CELLS
from repro.exhibits import Evidence
from repro.report.web.numbers import shorts

STEP = CELLS // 64
"""Every so many-th line of the grid is in the page."""


def payload(evidence: Evidence) -> dict[str, Any]:
    """JSON: "w" (both axes), and per cost its colour, "z" [W2][W1] and the paper's dots (w1, w2, height)."""
    rows, heights = evidence.tables["surfaces"], evidence.tables["heights"]
    found: dict[str, Any] = {"costs": {}}
    for cost, colour in COLOURS.items():
        own = rows[rows["cost"] == cost]
        w = own["w1"].to_numpy()[: CELLS + 1 : STEP]
        z = own["height"].to_numpy().reshape(CELLS + 1, -1)[::STEP, ::STEP]
        dots = heights[heights["cost"] == cost]
        found["w"] = shorts(w)
        found["costs"][cost] = {
            "colour": colour,
            "z": [shorts(line) for line in z],
            "dots": {name: shorts(dots[name]) for name in ("w1", "w2", "paper", "ours")},
        }
    return found
