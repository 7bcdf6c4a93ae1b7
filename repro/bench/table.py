"""The bench's results as text: what the command shows, and the tables of the README."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from repro.files import write_atomically

Content = dict[str, Any]
"""bench.json: see `python -m repro.bench --help`."""

NAMES = {
    "idiomatic PyTorch": "idiomatic PyTorch (nn.Sequential, CrossEntropyLoss, SGD)",
    "torch.compile": "the same through torch.compile",
    "JAX jit + scan": "JAX, jit and scan over updates",
    "ours, torch's products": "ours with torch's matrix products",
    "ours": "**ours**",
    "ours, a network per core": "ours, a network per core",
}
PAPER = {"width": 1000, "depth": 5, "batch": 10, "networks": 1}


def write(path: Path, content: Content) -> None:
    """As JSON."""
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())


def find(content: Content, contender: str, cores: int, **task: int) -> Content | None:
    """The row of a contender at a task, the paper's but for what is given."""
    wanted = {"contender": contender, "cores": cores, **PAPER, **task}
    rows = content["updates_per_second"]
    return next((row for row in rows if all(row[key] == value for key, value in wanted.items())), None)


def cores(content: Content) -> list[int]:
    """One and all."""
    return sorted({row["cores"] for row in content["updates_per_second"]})


def paper(content: Content) -> str:
    """Of the paper's network: rates, ratios to the idiomatic loop and shares of the machine's bound."""
    head = "".join(f" {n} core{'s' * (n > 1)} | ratio | of bound |" for n in cores(content))
    lines = [f"| updates/s |{head}", "| --- |" + " ---: |" * 3 * len(cores(content))]
    for contender, name in NAMES.items():
        rows = [find(content, contender, n) for n in cores(content)]
        if any(rows):
            lines.append(f"| {name} |" + "".join(_cells(row) for row in rows))
    return "\n".join(lines)


def _cells(row: Content | None) -> str:
    if not row:
        return "  |  |  |"
    ratio = f"{row['to_idiomatic']:.2f}" if row["to_idiomatic"] else ""
    return f" {row['median']:,.0f} | {ratio} | {format(row['share'], '.0%') if 'share' in row else ''} |"


def to_jax(content: Content) -> str:
    """Ours over JAX at each width: one network and a stack of 8, on one core and on all."""
    stacks = [(networks, n) for networks in (1, 8) for n in cores(content)]
    widths = sorted({row["width"] for row in content["updates_per_second"] if row["networks"] == 8})
    names = [f"{'one network' if R == 1 else f'stack of {R}'}, {n} core{'s' * (n > 1)}" for R, n in stacks]
    lines = ["| updates/s over JAX's |" + "".join(f" {width} |" for width in widths)]
    lines.append("| --- |" + " ---: |" * len(widths))
    for (networks, n), name in zip(stacks, names, strict=True):
        rows = [find(content, "ours", n, networks=networks, width=width) for width in widths]
        cells = [f" {row['to_jax']:.1f} |" if row and row["to_jax"] else "  |" for row in rows]
        lines.append(f"| {name} |" + "".join(cells))
    return "\n".join(lines)


def sweep(found: Content) -> str:
    """The sweep in one line."""
    ours, theirs = (found[name]["median"] for name in ("ours", "hydra_basic"))
    text = (
        f"a sweep of {found['runs']} small networks: {ours:.1f} s, {theirs:.1f} s with Hydra's basic launcher"
    )
    return f"{text} ({found['ratio']:.1f} times)"


def show(content: Content) -> str:
    """Everything, for the terminal."""
    lines = [
        f"Training 5 x 1000 tanh units, batch 10 (median of {content['rounds']} rounds)",
        "",
        paper(content),
    ]
    lines += ["", to_jax(content), ""]
    for name, reason in content["missing"].items():
        lines.append(f"not measured: {name} ({reason})")
    for name, row in content["images_per_second"].items():
        lines.append(f"{name}: {row['median']:,.0f} images/s")
    m = content["monitoring"]
    lines.append(
        f"monitoring: {m['plain_seconds']:.2f} s an event, {m['full_seconds']:.2f} s with Jacobian and "
        f"histograms; {m['share_of_run']:.1%} of a run of {m['updates']:,} updates"
    )
    lines.append(f"mini-batches: {content['batches']['share_of_update']:.1%} of an update")
    lines.append(sweep(content["sweep"]))
    if not content["gpu"]:
        lines.append("GPU: not measured, none here")
    return "\n".join(lines)
