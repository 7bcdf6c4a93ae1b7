import math
from collections.abc import Callable

import numpy as np
import pytest

from repro.data.shapeset.facts import CLASS_PRIOR
from repro.evidence import biases
from repro.runs.folder import Run

Fake = Callable[..., Run]


def test_needed_is_the_norm_of_the_centred_log_prior() -> None:
    log_prior = np.log([float(share) for share in CLASS_PRIOR])
    assert biases.needed() == pytest.approx(math.sqrt(len(log_prior) * log_prior.var()))


def test_learned_when_the_top_layers_mean_has_halved(fake: Fake) -> None:
    """Made up: the mean is 0.5 / (1 + epochs) and ‖b‖ grows by 1 per epoch, so below half after two."""
    late, never = fake(activation="sigmoid", updates=40_000), fake(activation="sigmoid")
    found = biases.learned([late, never])
    assert found["update"].tolist()[0] == 40_000
    assert found["share"].tolist()[0] == pytest.approx(2 / biases.needed())
    assert math.isnan(found["share"].tolist()[1])
