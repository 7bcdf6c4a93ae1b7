"""What mean-field theory needs to know of a run: its layers, and the images that its network sees."""

from __future__ import annotations

from functools import cache

import numpy as np

from repro.data.shapeset.author import AuthorStream
from repro.data.shapeset.facts import CLASS_NAMES
from repro.experiment.settings import Experiment
from repro.theory.elementwise import Array
from repro.theory.mean_field import Layer

IMAGES = 500
BRIGHTNESS = (0.2756, 0.1659, 0.1012)
"""Mean squares of the grey levels, from 0 to 1, of the images that Jacobians are measured at: the first test
images."""
MEANS = (0.4608, 0.4029, 0.2365)
"""Their mean grey levels."""


@cache
def images() -> Array:
    """Grey levels from 0 to 1, [IMAGES, 1024]."""
    return np.asarray(AuthorStream(0).take(IMAGES)[0].reshape(IMAGES, -1) / 255.0)


def inputs(experiment: Experiment) -> Array:
    """E[x_a x_b] over the inputs of images a and b, [IMAGES, IMAGES]."""
    data = experiment.dataset
    x = data.low + (data.high - data.low) * images()
    return np.asarray(x @ x.T / x.shape[1])


def brightness(experiment: Experiment) -> Array:
    """E[x²] of the images that Jacobians are measured at."""
    data, square, mean = experiment.dataset, np.array(BRIGHTNESS), np.array(MEANS)
    width = data.high - data.low
    return np.asarray(data.low**2 + 2 * data.low * width * mean + width**2 * square)


def layers(experiment: Experiment) -> list[Layer]:
    """The hidden layers with their fan_in Var[W]."""
    sizes, init = (images().shape[1], *experiment.widths, len(CLASS_NAMES)), experiment.init.make()
    gains = [sizes[i - 1] * init.variance(i, sizes) for i in range(1, len(sizes) - 1)]
    return [Layer(experiment.activation, gain, experiment.bias_std**2) for gain in gains]
