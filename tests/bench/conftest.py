"""A bench's JSON with made-up rates, at every task of the figure."""

import json

import pytest

from repro.bench import measure
from repro.bench.contenders import IDIOMATIC, JAX, OURS
from repro.bench.limits import SIZES
from repro.bench.tasks import PAPER, tasks

LIMITS = {"flops": 1e11, "read": [1e11] * len(SIZES), "update": [1e11] * len(SIZES)}


@pytest.fixture
def content():
    speeds = {IDIOMATIC: 1e9, JAX: 2e9, OURS: 5e9, "ours, torch's products": 1.5e9}
    rates = {
        (name, cores, task): [cores * speed / task.flops * f for f in (1.0, 0.9, 1.2)]
        for cores in (1, 2)
        for task in tasks()
        for name, speed in speeds.items()
        if (cores == 1 or task.networks in (1, 8))
        and (task == PAPER or "products" not in name)
        and (task.networks == 1 or name != IDIOMATIC)
    }
    found = {
        "machine": {"processor": "a processor"},
        "rounds": 3,
        "limits": {"sizes": SIZES, "1": LIMITS, "2": LIMITS},
        "updates_per_second": measure.rows(rates, {1: LIMITS, 2: LIMITS}),
        "images_per_second": {"a generator": {"median": 1e5, "min": 9e4, "max": 2e5}},
        "monitoring": {"plain_seconds": 0.1, "full_seconds": 1.0, "share_of_run": 0.02, "updates": 100},
        "batches": {"seconds": 1e-5, "share_of_update": 0.01},
        "sweep": {
            "runs": 60,
            "ours": {"median": 9.0, "min": 8.0, "max": 10.0},
            "hydra_basic": {"median": 36.0, "min": 35.0, "max": 40.0},
            "ratio": 4.0,
        },
        "gpu": None,
        "missing": {"torch.compile, 1 cores": "no compiler"},
    }
    return json.loads(json.dumps(found))
