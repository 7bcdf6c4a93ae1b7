"""The page of an exhibit: one template, filled from its module, its verdicts and its runs."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from repro import paper
from repro.exhibits import Exhibit
from repro.exhibits.selection import diverged, unlike_paper
from repro.exhibits.verdict import Verdict
from repro.runs import Run

_DETAILS = "\n\nImplementation details\n"

_PAGE = """\
# {title}

![{title}]({name}.png)

{about}

Make it: `{command}`. Also here: [the picture as SVG]({name}.svg) and [the plotted numbers]({name}.csv).

## What agrees with the paper and what does not

{verdicts}

## Numbers

{summary}

## Implementation details

{details}

## Runs

{conditions}

{runs}
"""


def title(exhibit: Exhibit) -> str:
    """First line of the module's docstring, such as "Figure 6: activations before training"."""
    return inspect.getdoc(exhibit).partition("\n")[0]  # type: ignore[union-attr]


def render(
    name: str,
    exhibit: Exhibit,
    verdicts: Sequence[Verdict],
    runs: Sequence[Run],
    scale: str,
    overrides: Sequence[str],
) -> str:
    """The page as Markdown; all links are relative to its folder."""
    text = inspect.getdoc(exhibit) or ""
    about, _, details = text.partition("\n\n")[2].partition(_DETAILS)
    settings = [f"scale={scale}", *(word for word in overrides if not word.startswith("machine."))]
    return _PAGE.format(
        title=title(exhibit),
        name=name,
        about=about,
        command=" ".join(["python -m repro.reproduce", name, *settings]),
        verdicts=markdown_table(_verdict_rows(verdicts)),
        summary=markdown_table(exhibit.summary(runs)),
        details=details,
        conditions=f"Drawn at {conditions(runs, scale)}.",
        runs="\n".join(f"- `{run.path.name}`" for run in runs) or "None: nothing is trained.",
    )


def markdown_table(frame: pd.DataFrame) -> str:
    """A Markdown table of the values as they print; right-aligned where they are numbers."""
    rules = ["---:" if pd.api.types.is_numeric_dtype(kind) else "---" for kind in frame.dtypes]
    lines: list[Any] = [frame.columns, rules, *frame.to_numpy(dtype=object)]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def conditions(runs: Sequence[Run], scale: str) -> str:
    """One line: scale, seeds, learning rates, length, data, what diverged and what is unlike the paper."""
    parts = [f"scale {scale}"]
    if not runs:
        return parts[0] + " · no training"
    experiments = [run.experiment for run in runs]
    parts.append(_counted("seed", {e.seed for e in experiments}))
    parts.append(f"ε {_span({e.lr for e in experiments})}")
    parts.append(f"{_span({e.updates for e in experiments})} updates")
    ranges = {f"[{e.dataset.low:g}, {e.dataset.high:g}]" for e in experiments}
    parts.append(f"inputs in {' and '.join(sorted(ranges))}")
    monitored, tested = {e.monitor.examples for e in experiments}, {e.n_test for e in experiments}
    parts.append(f"{_span(monitored)} monitored, {_span(tested)} test examples")
    failed = sum(map(diverged, runs))
    parts += [f"{failed} of {len(runs)} runs diverged"] if failed else []
    return " · ".join(parts + unlike_paper(runs))


def _verdict_rows(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    claims = paper.claims()
    rows = [
        {
            "claim": f"**{v.claim}** {claims[v.claim].claim}" if v.claim in claims else v.claim,
            "outcome": f"**{v.verdict}**",
            "measured": v.measured,
            "paper": v.paper,
            "why": v.why,
        }
        for v in verdicts
    ]
    return pd.DataFrame(rows)


def _counted(noun: str, values: Iterable[float]) -> str:
    values = set(values)
    return f"{noun}{'s' if len(values) > 1 else ''} {_span(values)}"


def _span(values: Iterable[float]) -> str:
    """20,000, or 0-2 for several."""
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"
