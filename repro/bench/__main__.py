"""python -m repro.bench [--json FILE] [--rounds 5] [--seconds 4]     speed, beside its peers

Contenders wait in processes of their own and take turns, round after round, so that a machine whose speed
drifts slows all of them alike; the ratios are the result. Keys of the JSON file:

    machine              processor, cores, versions, and what computes our products
    updates_per_second   contender → median, min, max over the rounds, all its networks together
    ratios               contender → median over rounds of its rate over the idiomatic loop's, same threads
    images_per_second    generator → median, min, max
    monitoring           seconds of one event, full and plain, and its share of the time between two events
    batches              share of an update that getting its mini-batch takes
    gpu                  null without one; copy bandwidth (GB/s), rates and share of the memory bound
    missing              contender → why it could not be measured here
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from repro.bench import measure
from repro.bench.contenders import contenders
from repro.files import write_atomically
from repro.training.provenance import provenance


def main(arguments: list[str] | None = None) -> int:
    """Run the bench, show it, and write it where asked."""
    parser = argparse.ArgumentParser(
        prog="python -m repro.bench", description="Speed of training, beside its peers"
    )
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender is timed (default 5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one timing (default 4)")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds must be at least 1 and --seconds above 0")
    console = Console()
    everyone = contenders()
    rates, missing = measure.updates_per_second(everyone, options.rounds, options.seconds, console)
    fastest = next(
        median(rates[name])
        for name in ("ours, 1 thread", "ours, torch's products, 1 thread")
        if name in rates
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    result: dict[str, Any] = {
        "machine": provenance(device, 1, 1),
        "updates_per_second": {name: measure.spread(values) for name, values in rates.items()},
        "ratios": measure.ratios(rates, {c.name: c.reference for c in everyone}),
        "images_per_second": measure.images_per_second(options.rounds),
        "monitoring": measure.monitoring(1 / fastest),
        "batches": measure.batches(1 / fastest),
        "gpu": measure.gpu(rates) if device.type == "cuda" else None,
        "missing": missing,
    }
    show(result, console)
    if options.json:
        write_atomically(options.json.absolute(), (json.dumps(result, indent=1) + "\n").encode())
    return 0


def show(result: dict[str, Any], console: Console) -> None:
    """The table of the README."""
    table = Table(title="Training 5 x 1000 tanh units, batch 10", title_justify="left")
    for column in ("", "updates/s", "spread", "x idiomatic"):
        table.add_column(column, justify="left" if not column else "right")
    for name, row in result["updates_per_second"].items():
        ratio = result["ratios"].get(name)
        table.add_row(
            name,
            f"{row['median']:.0f}",
            f"{row['min']:.0f}-{row['max']:.0f}",
            f"{ratio:.2f}" if ratio else "",
        )
    console.print(table)
    for name, reason in result["missing"].items():
        console.print(f"not measured: {name} ({reason})", highlight=False)
    for name, row in result["images_per_second"].items():
        console.print(f"{name}: {row['median']:,.0f} images/s", highlight=False)
    m = result["monitoring"]
    share = f"{m['share_of_run']:.1%} of a run of {m['updates']:,} updates"
    console.print(
        f"monitoring: {m['plain_seconds']:.2f} s an event, {m['full_seconds']:.2f} s with Jacobian and "
        f"histograms; {share}",
        highlight=False,
    )
    console.print(f"mini-batches: {result['batches']['share_of_update']:.1%} of an update", highlight=False)
    if not result["gpu"]:
        console.print("GPU: not measured, none here", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
