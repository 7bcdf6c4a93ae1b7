"""The page of an exhibit: one template, filled from its module, its verdicts and its runs."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from repro import paper
from repro.data.files.catalog import TITLES
from repro.evidence.selection import diverged, inputs, unlike_paper, validation_errors
from repro.evidence.verdict import Verdict
from repro.exhibits import Exhibit
from repro.runs.folder import Run

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

{rates}## Runs

{conditions}

{runs}
"""


_SEARCHED = """\
Validation error in % at the end of training, averaged over seeds. Each network gets the rate where it is
lowest (bold), unless the exhibit shows several rates side by side."""

_FIXED = """\
The rate was not searched: all networks share one, and `conf/grid.yaml` says where it comes from. `lr=grid` on
the command line searches. Validation error in % at the end of training, averaged over seeds:"""


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
        verdicts=markdown_table(_verdict_rows(verdicts)) if verdicts else "The paper says nothing on this.",
        summary=markdown_table(exhibit.summary(runs)),
        details=details,
        rates=learning_rates(runs),
        conditions=f"Drawn at {conditions(name, runs, scale)}.",
        runs="\n".join(f"- `{run.path.name}`" for run in runs) or "None: nothing is trained.",
    )


def learning_rates(runs: Sequence[Run]) -> str:
    """The section on learning rates: validation errors of the whole grid, with what was chosen and why."""
    errors = validation_errors(runs)
    if errors.empty:
        return ""
    several = len(errors.columns) > 1
    table = pd.DataFrame([_rate_cells(row, several) for _, row in errors.iterrows()]).fillna("")
    text = _SEARCHED if several else _FIXED
    settings = errors.index.to_frame(index=False).rename(columns={"dataset.name": "dataset"})
    return f"## Learning rates\n\n{text}\n\n{markdown_table(pd.concat([settings, table], axis=1))}\n\n"


def _rate_cells(errors: pd.Series, several: bool) -> dict[str, str]:
    """Validation errors of one network by rate, the lowest in bold, and a warning if the grid ends there."""
    known = errors.dropna()
    best = known.idxmin()
    cells = {
        f"ε {rate:g}": "diverged" if np.isinf(error) else f"{100 * error:.2f}".replace("nan", "")
        for rate, error in errors.items()
    }
    if several and len(known) > 1:
        cells[f"ε {best:g}"] = f"**{cells[f'ε {best:g}']}**"
        edge = "largest" if best == known.index[-1] else "smallest" if best == known.index[0] else ""
        cells["warning"] = f"lowest at the {edge} rate: a wider grid may do better" if edge else ""
    return cells


def markdown_table(frame: pd.DataFrame) -> str:
    """A Markdown table of the values as they print; right-aligned where they are numbers."""
    rules = ["---:" if pd.api.types.is_numeric_dtype(kind) else "---" for kind in frame.dtypes]
    lines: list[Any] = [frame.columns, rules, *frame.to_numpy(dtype=object)]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def conditions(name: str, runs: Sequence[Run], scale: str) -> str:
    """One line: scale, seeds, learning rates, length, data, what diverged and what is unlike the paper."""
    parts = [f"scale {scale}"]
    if not runs:
        return parts[0] + " · no training"
    experiments = [run.experiment for run in runs]
    parts.append(_counted("seed", {e.seed for e in experiments}))
    parts.append(f"ε {_span({e.lr for e in experiments})}")
    parts.append(f"{_span({e.updates for e in experiments})} updates")
    parts.append(f"inputs in {' and '.join(sorted(set(map(inputs, runs))))}")
    monitored, tested = {e.monitor.examples for e in experiments}, {e.n_test for e in experiments}
    parts.append(f"{_span(monitored)} monitored, {_span(tested)} test examples")
    failed = sum(map(diverged, runs))
    parts += [f"{failed} of {len(runs)} runs diverged"] if failed else []
    sets = dict.fromkeys(e.dataset.name for e in experiments)
    parts += [TITLES[which].partition(" (")[0] for which in sets if which.endswith("_holdout")]
    return " · ".join(parts + unlike_paper(runs, name))


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
