"""How each network of the comparison looks: its colour and its line."""

from typing import NamedTuple

from repro.drawing import style
from repro.evidence.models import FIVE_LAYERS, MODELS, Model

PRETRAINED = "Pre-training"
"""Of the paper only, in its Figure 11."""


class Look(NamedTuple):
    colour: str
    line: str


def look(name: str) -> Look:
    """Of a network, by its name in Figure 11 or Table 1.

    The line is that of its initialization; broken for the other depth, which often lies on top.
    """
    if name == PRETRAINED:
        return Look(style.GREY, "-")
    model: Model = MODELS.get(name) or FIVE_LAYERS[name]
    if model.depth == 5:
        return Look(style.ACTIVATIONS[model.activation], style.LINES[model.init])
    return Look(style.SECOND_SIGMOID, "-.")
