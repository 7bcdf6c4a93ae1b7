"""The figures and tables: each reads finished runs and draws them beside the paper.

An exhibit is a module of this package with the functions of `Exhibit`. Its docstring is the text of its
page: the first line is the title, then what the picture shows and how to read it, then "Implementation
details". `conf/exhibit/<name>.yaml` lists the runs it needs. Nothing here imports torch.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from repro.evidence.verdict import Verdict, not_tested
from repro.experiment.settings import ConfigError
from repro.files import write_atomically
from repro.runs.folder import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

EXHIBITS = (
    *("fig01", "fig02", "fig03", "fig04", "fig05", "fig06"),
    *("fig07", "fig08", "linear_theory", "jacobian", "fig09", "fig10", "jacobian_training", "hidden_scale"),
    *("fig11", "input_range", "fig12", "table1"),
)
"""All exhibits, in the paper's order."""


class ExhibitError(ValueError):
    """An exhibit can't be made from these runs; the message says which are missing or don't fit together."""


class Exhibit(Protocol):
    """What a module of an exhibit offers. `runs` are those of its file in `conf/exhibit`, in any order."""

    __doc__: str

    def draw(self, runs: Sequence[Run]) -> "Figure":
        """The picture, without its footer."""

    def table(self, runs: Sequence[Run]) -> "pd.DataFrame":
        """The plotted numbers, ours and the paper's, one observation per row."""

    def summary(self, runs: Sequence[Run]) -> "pd.DataFrame":
        """A few rows for the page, already formatted."""

    def verdicts(self, runs: Sequence[Run]) -> list[Verdict]:
        """What follows for the paper's claims, at full size."""


def load(name: str) -> Exhibit:
    """The module of an exhibit. Raises ConfigError, naming those there are, for another name."""
    if name not in EXHIBITS:
        raise ConfigError(f"{name}: no such exhibit; expected one of {', '.join(EXHIBITS)}")
    return cast(Exhibit, import_module(f"repro.exhibits.{name}"))


def judge(name: str, runs: Sequence[Run]) -> list[Verdict]:
    """The verdicts of an exhibit; runs that are set up unlike the paper's leave everything untested."""
    from repro.evidence.selection import unlike_paper

    verdicts = load(name).verdicts(runs)
    unlike = unlike_paper(runs, name)
    return not_tested(verdicts, "; ".join(unlike)) if unlike else verdicts


def make(name: str, runs: Sequence[Run], scale: str, out: Path, overrides: Sequence[str] = ()) -> list[Path]:
    """Write picture (PNG, SVG), plotted numbers (CSV) and page (README.md) to the folder `out`/`name`.

    The same runs give the same bytes. `overrides` are the user's settings, to be repeated on the page.
    Raises ExhibitError if runs are missing or don't fit together; nothing is written then.
    """
    from repro.drawing import style
    from repro.report import page

    exhibit = load(name)
    try:
        figure = exhibit.draw(runs)
        style.footer(figure, page.conditions(name, runs, scale))
        text = page.render(name, exhibit, judge(name, runs), runs, scale, overrides)
        table = exhibit.table(runs).to_csv(index=False, float_format="%.6g")
    except FileNotFoundError as error:
        raise ExhibitError(
            f"{error.filename} is missing: remove its folder, to make that run again"
        ) from error
    files = {
        f"{name}.png": style.render(figure, "png"),
        f"{name}.svg": style.render(figure, "svg"),
        f"{name}.csv": table.encode(),
        "README.md": text.encode(),
    }
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        write_atomically(folder / file, content)
    return [folder / file for file in files]
