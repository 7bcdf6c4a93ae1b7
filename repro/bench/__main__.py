"""python -m repro.bench [--out FOLDER] [--rounds 3] [--seconds 0.4] [--sweep]     speed, beside peers

Contenders wait in processes of their own and take turns, round after round, so that a machine whose speed
drifts slows all of them alike; the ratios are the result. Takes 7 minutes (--sweep: 2). The folder gets
the figure (bench.png, bench.svg) and bench.json, with these keys:

    machine              processor, cores, versions, and what computes our products
    rounds               how often each contender was timed at each task
    limits               cores → most float32 operations per second (flops); bytes per second that `read` and
                         `update` move at each of `sizes`, the bytes of one thread's working set
    updates_per_second   a row per contender, cores and task (width, depth, batch, networks): median, min, max
                         over the rounds, all networks together; to_idiomatic, to_jax: median over the rounds
                         of the ratio on as many cores; bound: what the machine allows, as compute or memory
                         binds; share: median / bound
    images_per_second    generator → median, min, max
    monitoring           seconds of one event, full and plain, and its share of the time between two events
    batches              share of an update that getting its mini-batch takes
    sweep                seconds of a whole command that makes `runs` runs of `settings`, ours and with
                         Hydra's basic launcher: median, min, max; ratio: median of theirs / ours
    gpu                  null without one; copy bandwidth (GB/s) and share of the bound that it sets
    missing              contender → why it could not be measured here
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def main(arguments: list[str] | None = None) -> int:
    """Run the bench, show it, and write it where asked."""
    keys = (__doc__ or "").partition("\n\n")[2]
    parser = argparse.ArgumentParser(
        prog="python -m repro.bench",
        description="Speed of training, beside its peers",
        epilog=keys,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="write figure and bench.json into this folder")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender is timed (default 3)")
    parser.add_argument("--seconds", type=float, default=0.4, help="length of one timing (default 0.4)")
    parser.add_argument("--sweep", action="store_true", help="only the sweep, into the bench.json of --out")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds must be at least 1 and --seconds above 0")
    from rich.console import Console  # here, for --help to answer at once

    from repro.bench import figure, table

    console = Console()
    if options.sweep:
        return _only_the_sweep(options.out, options.rounds, console)
    content = run(options.rounds, options.seconds, console)
    console.print(table.show(content), highlight=False, markup=False, soft_wrap=True)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        table.write(options.out.absolute() / "bench.json", content)
        figure.write(options.out.absolute(), content)
    return 0


def _only_the_sweep(out: Path | None, rounds: int, console: Any) -> int:
    """Measure it, show it, and put it in the place of the one in a bench.json; that has all else already."""
    from repro.bench import sweep, table

    found = sweep.seconds(rounds, console)
    console.print(table.sweep(found), highlight=False, markup=False, soft_wrap=True)
    if out:
        path = out.absolute() / "bench.json"
        table.write(path, json.loads(path.read_text(encoding="utf-8")) | {"sweep": found})
    return 0


def run(rounds: int, seconds: float, console: Any) -> dict[str, Any]:
    """Everything measured, as in the JSON file."""
    import torch

    from repro.bench import limits, measure, sweep
    from repro.bench.contenders import OURS, contenders
    from repro.bench.tasks import PAPER
    from repro.training.provenance import provenance

    everyone = contenders()
    bounds = {cores: limits.measure(cores) for cores in sorted({c.cores for c in everyone})}
    rates, missing = measure.updates_per_second(everyone, rounds, seconds, console)
    paper = {name: values for (name, cores, task), values in rates.items() if (cores, task) == (1, PAPER)}
    fastest = max(paper.get(OURS) or paper["ours, torch's products"])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    content = {
        "machine": provenance(device, 1, 1),
        "rounds": rounds,
        "limits": {"sizes": limits.SIZES, **{str(cores): found for cores, found in bounds.items()}},
        "updates_per_second": measure.rows(rates, bounds),
        "images_per_second": measure.images_per_second(rounds),
        "monitoring": measure.monitoring(1 / fastest),
        "batches": measure.batches(1 / fastest),
        "sweep": sweep.seconds(rounds, console),
        "gpu": measure.gpu(rates) if device.type == "cuda" else None,
        "missing": missing,
    }
    return dict(json.loads(json.dumps(content)))


if __name__ == "__main__":
    sys.exit(main())
