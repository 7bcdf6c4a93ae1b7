"""What things are called in pictures and tables: one name for one thing everywhere."""

import math

_INITS = {"standard": "Standard (eq. 1)", "normalized": "Normalized (eq. 16)"}


def init_title(init: str, scale: float = math.nan, inputs: str = "") -> str:
    """Heading of a panel. The third initialization is named by what it does: n Var[W] = `scale`.

    inputs: the range of inputs, where it tells panels apart.
    """
    title = _INITS.get(init, f"Hidden layers, n Var[W] = {scale:g}")
    return f"{title}, inputs in {inputs}" if inputs else title
