"""The plateau of a network on Shapeset whose answer doesn't depend on its input, and when it is left."""

import math

import pandas as pd

from repro.data.shapeset.facts import CLASS_PRIOR

CONSTANT = float(100 * (1 - max(CLASS_PRIOR)))
"""Error of always answering a most frequent class, %."""
PRIOR_ENTROPY = float(-sum(p * math.log(p) for p in CLASS_PRIOR))
"""Cost, in nats, of answering with the frequencies of the classes."""
ESCAPED = 5.0
"""Percentage points below CONSTANT from which a network has left the plateau."""


def left(errors: pd.Series) -> pd.Series:
    """Whether each of these mean test errors (%) is off the plateau."""
    return errors < CONSTANT - ESCAPED
