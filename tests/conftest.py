"""Fixtures shared by all tests: real data where it is, and run folders with plausible made-up numbers."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from repro.experiment.settings import Dataset, Experiment, Monitor
from repro.runs.folder import CURVE_COLUMNS, MONITOR_COLUMNS, Run

FINAL_ERRORS = {
    ("sigmoid", "standard"): 0.833,
    ("tanh", "standard"): 0.74,
    ("tanh", "normalized"): 0.70,
    ("tanh", "normalized_hidden"): 0.70,
    ("softsign", "standard"): 0.69,
    ("softsign", "normalized"): 0.68,
}
Fake = Callable[..., Run]


@pytest.fixture(scope="session")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Fake:
    """Make a complete run with the given settings; `state`, `last` (error at the end) and `root` may vary.

    With `diverged_at` it really lacks all that is measured after that update.
    """
    shared_root = tmp_path_factory.mktemp("runs")

    def make(
        state: str = "finished",
        last: float | None = None,
        root: Path | None = None,
        diverged_at: int | None = None,
        **settings: Any,
    ) -> Run:
        settings = {"n_test": 2000, "updates": 20_000, "monitor": Monitor(every=20_000), **settings}
        experiment = Experiment(**settings)
        run = Run.create(root or shared_root, experiment)
        error = (
            FINAL_ERRORS.get((experiment.activation.name, experiment.init.name), 0.7)
            if last is None
            else last
        )
        wobble = 1 + 0.01 * np.random.default_rng(experiment.seed).standard_normal()
        end = experiment.updates if diverged_at is None else diverged_at
        state = state if diverged_at is None else "diverged"
        curve = [row for row in curve_rows(experiment, error) if row[0] <= end]
        monitor = [row for row in monitor_rows(experiment, wobble) if row[0] <= end]
        densities = histograms(experiment, wobble)
        run.write_table("curve", CURVE_COLUMNS, curve)
        run.write_table("monitor", MONITOR_COLUMNS, monitor)
        run.write_arrays("histograms", {k: v for k, v in densities.items() if int(k.split("/")[1]) <= end})
        run.write_arrays("predictions", predictions(experiment, error))
        run.write_json("status", {"state": state, "update": end})
        about = {"C": 10.0, "gamma": 0.03, "library": "a library 1.0"} if not experiment.network else {}
        run.write_json("result", {"test_error": error, "valid_error": error, **about})
        if experiment.pretraining.name != "none":
            write_pretraining(run)
        return run

    return make


@pytest.fixture(scope="session")
def untrained(fake: Fake, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The runs of Figures 6 to 8 and of the Jacobian, three seeds each."""
    root = tmp_path_factory.mktemp("untrained")  # out of reach of other tests' runs with these settings
    return [
        fake(root=root, activation="tanh", init=init, seed=seed, updates=0)
        for init in ("standard", "normalized", "normalized_hidden")
        for seed in (0, 1, 2)
    ]


@pytest.fixture(scope="session")
def trained(fake: Fake, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The runs of Figures 2 to 4, 9, 10 and 11."""
    root = tmp_path_factory.mktemp("trained")
    runs = [fake(root=root, activation=activation, init=init) for activation, init in FINAL_ERRORS]
    return [*runs, fake(root=root, activation="sigmoid", depth=4)]


@pytest.fixture(scope="session")
def both_ranges(fake: Fake) -> list[Run]:
    """The runs of `input_range`: what it finds. The paper's softsign ends at 69.4 %, its tanh at 73.6 %."""
    both, rates = Dataset(low=-1.0), (0.01, 0.1)
    return [
        *(fake(init=init) for init in ("standard", "normalized")),
        *(fake(dataset=both, lr=lr, last=0.834) for lr in rates),
        *(fake(init="normalized", dataset=both, lr=lr, last=0.68) for lr in rates),
        *(fake(activation="softsign", lr=lr, last=0.78) for lr in rates),
        *(fake(activation="softsign", dataset=both, lr=lr, last=0.686 + lr / 5) for lr in rates),
    ]


def write_pretraining(run: Run) -> None:
    """What pre-training leaves: a bright square, and its cost falling by 10 a point."""
    rows = [
        (layer, 100 * k, 600.0 - 10 * k, 590.0 - 10 * k)
        for layer in range(1, run.experiment.depth + 1)
        for k in (1, 2, 3)
    ]
    run.write_table("pretraining", ("layer", "update", "train_cost", "test_cost"), rows)
    images = np.zeros((10, 32, 32), np.float32)
    images[:, 4:20, 10:14] = 0.8  # [x][y]: wide and low as seen
    flat, noise = images.reshape(10, -1), np.arange(1024) % 4 > 0
    arrays = {"filters": flat - 0.4, "input": flat, "corrupted": flat * noise, "reconstruction": flat * 0.9}
    run.write_arrays("pretraining", {f"{name}/1": array for name, array in arrays.items()})


def curve_rows(experiment: Experiment, last: float) -> Iterator[tuple[int, str, float, float]]:
    points = range(0, experiment.updates + 1, experiment.curve_every)
    for update in points:
        error = last + (0.9 - last) * (1 - update / max(1, experiment.updates)) ** 2
        for split in ("train", "valid", "test"):
            if split != "train" or update:
                yield update, split, 2 * error, error


def stds(experiment: Experiment, layer: int) -> dict[str, float]:
    """Standard deviations before training, by eqs. 5 to 7 with the n Var[W] of `gain`."""
    up, down = (gain(experiment) ** (steps / 2) for steps in (layer - 1, 5 - layer))
    return {
        "z": 0.31 * up,
        "ds": 0.0175 * down,
        "dW": 0.0035 * up * down * (9 if gain(experiment) < 1 else 1),
    }


def gain(experiment: Experiment) -> float:
    """Exactly eq. 15 (standard); variances stay equal (normalized) or do so with a scale of 1.3."""
    gains = {
        "standard": 1 / 3,
        "normalized": 1.0,
        "normalized_hidden": dict(experiment.init.options).get("scale", 1.3) / 1.3,
    }
    return gains.get(experiment.init.name, 1.0)


def monitor_rows(experiment: Experiment, wobble: float) -> Iterator[tuple[int, int, str, float]]:
    """Layers saturate one after the other, at twice their number of epochs."""
    updates = sorted({0, experiment.updates, *range(0, experiment.updates, experiment.monitor.every)})
    for update in updates:
        for layer in range(1, experiment.depth + 1):
            std = {name: wobble * value for name, value in stds(experiment, layer).items()}
            p99 = min(1.0, 2.3 * std["z"] + update / 20_000 / (2 * layer))
            share = update / 20_000
            yield (
                update,
                layer,
                "z_mean",
                0.5 / (1 + share) if layer == experiment.depth else 0.5 + share * layer / 50,
            )
            yield update, layer, "W_norm", np.sqrt(1000 * gain(experiment))
            yield update, layer, "z_std", std["z"]
            yield update, layer, "z_p99", p99
            yield update, layer, "z_p1", -p99
            yield update, layer, "z_saturated", min(1.0, share / (4 * layer))
            yield update, layer, "ds_std", std["ds"]
            yield update, layer, "ds_batch_std", 3.4 * std["ds"]
            yield update, layer, "dW_std", std["dW"]
            if update in (0, experiment.updates):
                means = {"standard": 0.49, "normalized": 0.78, "normalized_hidden": 0.87}
                mean = wobble * means.get(experiment.init.name, 1.0)
                factors = {
                    "mean": 1,
                    "min": 0,
                    "p5": 0.1,
                    "p25": 0.5,
                    "p50": 0.9,
                    "p75": 1.5,
                    "p95": 2,
                    "max": 2.3,
                }
                for name, factor in factors.items():
                    yield update, layer, f"jacobian_{name}", factor * mean
        if experiment.monitor.mechanisms:
            yield from mechanisms(experiment, update)
        yield update, experiment.depth + 1, "ds_std", 0.1
        yield update, experiment.depth + 1, "b_norm", update / 20_000


def mechanisms(experiment: Experiment, update: int) -> Iterator[tuple[int, int, str, float]]:
    """What `monitor.mechanisms` adds: singular values near 1, signal that depends on the inputs' range."""
    symmetric = experiment.dataset.low == -1 and experiment.dataset.name == "shapeset"
    yield from constant_parts(experiment, update)
    for layer in range(1, experiment.depth + 2):
        yield update, layer, "gradient_square", 0.01 * layer
        yield update, layer, "gradient_signal", 0.001 if symmetric and not experiment.bias_std else 0.1
        yield update, layer, "z_rank", 10.0 - layer
        if layer <= experiment.depth:
            yield update, layer, "z_p98", 0.4
            yield update, layer, "z_p2", -0.45
        if layer >= experiment.depth:
            spread = 1 if experiment.init.name == "orthogonal" else 3
            for k, name in enumerate(("min", "p5", "p25", "p50", "p75", "p95", "max")):
                yield update, layer, f"end_to_end_{name}", 0.2 * (1 + spread * k)
            yield update, layer, "end_to_end_mean", 0.2 * (1 + spread * 3)
            yield update, layer, "end_to_end_rms", 0.2 * (1 + spread * 3.5)


def constant_parts(experiment: Experiment, update: int) -> Iterator[tuple[int, int, str, float]]:
    """W m learns at once, b over the whole training; the varying part of the outputs shrinks to a tenth."""
    share = update / max(1, experiment.updates)
    for layer in range(1, experiment.depth + 2):
        yield update, layer, "s_constant", 0.3
        yield update, layer, "s_of_mean", 0.3
        yield update, layer, "s_varying", 0.1 * (1 - 0.9 * share)
        yield update, layer, "input_square", 250.0
        if layer <= experiment.depth:
            yield update, layer, "b_norm", share
    learned = {"of_bias": share, "of_mean": float(update > 0) - share}
    divergence = 0.15 if update == 0 else 0.001
    values = {**learned, "kl": divergence, "kl_constant": divergence}
    for name, value in values.items():
        yield update, experiment.depth + 1, f"prior_{name}", value


def histograms(experiment: Experiment, wobble: float) -> dict[str, np.ndarray]:
    result = {}
    for layer in range(1, experiment.depth + 1):
        std = {name: wobble * value for name, value in stds(experiment, layer).items()}
        std["ds"] *= 3.4
        for name, bins, reach in (("z", 200, 1.0), ("ds", 401, 10 * std["ds"]), ("dW", 401, 10 * std["dW"])):
            edges = np.linspace(-reach, reach, bins + 1)
            centres = (edges[1:] + edges[:-1]) / 2
            density = np.exp(-((centres / std[name]) ** 2) / 2) / (std[name] * np.sqrt(2 * np.pi))
            for update in {0, experiment.updates}:
                result[f"{name}/{update}/{layer}"] = np.stack([centres, density])
    return result


def predictions(experiment: Experiment, error: float) -> dict[str, np.ndarray]:
    """Labels are the same for all runs; the hardest examples are the ones that a run gets wrong."""
    labels = np.arange(experiment.n_test) % 9
    wrong = np.arange(experiment.n_test) < round(error * experiment.n_test)
    return {
        "label": labels.astype(np.uint8),
        "predicted": np.where(wrong, (labels + 1) % 9, labels).astype(np.uint8),
    }


@pytest.fixture(autouse=True)
def default_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """A data root of the user's must not change what tests see; real data they take from `shared`."""
    monkeypatch.delenv("REPRO_DATA", raising=False)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of reference data, no part of the project: REPRO_SHARED, or `shared` beside the repository."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("REPRO_SHARED", beside))
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not a folder (REPRO_SHARED names another)")
    return folder
