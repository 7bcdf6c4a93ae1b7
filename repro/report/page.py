"""The page of an exhibit: one template, filled from its module and its evidence."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from repro.exhibits import Evidence, Exhibit
from repro.report import prose

_DETAILS = "\n\nImplementation details\n"

_PAGE = """\
# {title}

{conditions}

**{sentence}**

![{title}]({name}.png)

{about}

Make it: `{command}`. Also here: [the picture as SVG]({name}.svg), [the plotted numbers]({name}.csv) and \
[the verdicts as JSON](verdicts.json).

## What agrees with the paper and what does not

{verdicts}

## Numbers

{summary}
{along}
## Implementation details

{details}

## Runs

{runs}
{rates}"""

_ALONG = """
## Along the whole curve

Ours less the paper's at equal x. Noise: the error of reading the paper's curve and the scatter of both from
point to point, in squares; another seed may differ by more.

<details>
<summary>{count}</summary>

{rows}

</details>
"""

_FOLDED = """\
<details>
<summary>{count}</summary>

{runs}

</details>
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


def render(exhibit: Exhibit, found: Evidence, overrides: Sequence[str]) -> str:
    """The page as Markdown; all links are relative to its folder. `overrides`: the user's settings."""
    text = inspect.getdoc(exhibit) or ""
    about, _, details = text.partition("\n\n")[2].partition(_DETAILS)
    own = [word for word in overrides if not word.startswith("machine.")]
    words = ["python -m repro.reproduce", found.exhibit, f"scale={found.conditions.scale}", *own]
    rows = pd.DataFrame([prose.row(verdict) for verdict in found.verdicts])
    return _PAGE.format(
        title=title(exhibit),
        name=found.exhibit,
        about=about,
        command=" ".join(words),
        verdicts=markdown_table(rows) if len(rows) else prose.silent(found.exhibit),
        summary=markdown_table(exhibit.summary(found.tables)),
        along=_along(exhibit, found),
        details=details,
        rates=learning_rates(found.rates),
        conditions=f"Drawn at {prose.conditions(found.conditions)}.",
        sentence=sentence(exhibit, found),
        runs=_runs(found.runs),
    )


def _along(exhibit: Exhibit, found: Evidence) -> str:
    """The section on whole curves, of exhibits that have a function `along`."""
    rows = exhibit.along(found.tables) if hasattr(exhibit, "along") else pd.DataFrame()
    count = f"{len(rows)} curve{'s' if len(rows) > 1 else ''}"
    return _ALONG.format(count=count, rows=markdown_table(rows)) if len(rows) else ""


def sentence(exhibit: Exhibit, found: Evidence) -> str:
    """What the page comes to: the exhibit's own answer where it computes one, and how its statements fare."""
    answer = getattr(exhibit, "answer", None)
    own = [answer(found.tables)] if answer else []
    return " ".join([*own, prose.sentence(found.verdicts, found.exhibit)])


def _runs(runs: Sequence[str]) -> str:
    """The ids of the runs, folded away."""
    if not runs:
        return "None: nothing is trained.\n"
    count = f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
    return _FOLDED.format(count=count, runs="\n".join(f"- `{run}`" for run in runs))


def learning_rates(errors: pd.DataFrame) -> str:
    """The section on learning rates: validation errors of the whole grid, with what was chosen and why."""
    if errors.empty:
        return ""
    several = len(errors.columns) > 1
    table = pd.DataFrame([_rate_cells(row, several) for _, row in errors.iterrows()]).fillna("")
    text = _SEARCHED if several else _FIXED
    settings = errors.index.to_frame(index=False)
    return f"\n## Learning rates\n\n{text}\n\n{markdown_table(pd.concat([settings, table], axis=1))}\n"


def _rate_cells(errors: pd.Series, several: bool) -> dict[str, str]:
    """Validation errors of one network by rate, the lowest in bold, and a warning if the grid ends there."""
    known = errors.dropna()
    cells = {
        f"ε {rate:g}": "diverged" if np.isinf(error) else f"{100 * error:.2f}".replace("nan", "")
        for rate, error in errors.items()
    }
    if several and len(known) > 1 and np.isfinite(known).any():
        best = known.idxmin()
        cells[f"ε {best:g}"] = f"**{cells[f'ε {best:g}']}**"
        edge = "largest" if best == known.index[-1] else "smallest" if best == known.index[0] else ""
        cells["warning"] = f"lowest at the {edge} rate: a wider grid may do better" if edge else ""
    return cells


def markdown_table(frame: pd.DataFrame) -> str:
    """A Markdown table of the values as they print, without line breaks; numbers are right-aligned."""
    rules = ["---:" if pd.api.types.is_numeric_dtype(kind) else "---" for kind in frame.dtypes]
    lines: list[Any] = [frame.columns, rules, *frame.to_numpy(dtype=object)]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
