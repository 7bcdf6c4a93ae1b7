"""What the paper says, as data: its claims, Table 1, numbers from its text, and its curves (digitised).

Everything is read from the files in this folder, so that a number of the paper has one home and a source.
The curves were traced from the published figures (`curves/README.md`): they are measurements of pictures,
not the authors' data.
"""

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd
import yaml

_FOLDER = Path(__file__).parent


class Claim(NamedTuple):
    """One testable statement of the paper: where it stands, how to measure it, what to expect."""

    id: str
    section: str
    claim: str
    measure: str
    expected: str


@cache
def claims() -> MappingProxyType[str, Claim]:
    """All testable claims by id, C1 to C32, in order."""
    rows = _yaml("claims.yaml")
    return MappingProxyType({row["id"]: Claim(**row) for row in rows})


@cache
def numbers() -> Any:
    """Numbers from the text and the figures that exhibits compare with; nested as in `numbers.yaml`."""
    return _yaml("numbers.yaml")


def table1() -> pd.DataFrame:
    """Table 1: columns model, dataset, error (test error, %), bold (marked as among the best, p = 0.005)."""
    return pd.read_csv(_FOLDER / "table1.csv")


def curve(name: str) -> pd.DataFrame:
    """A digitised figure such as "fig06_standard" or "fig11".

    Columns: figure, panel, series, layer, quantity, x, y, quality; units and errors in `curves/README.md`.
    Raises FileNotFoundError, naming the figures there are, for another name.
    """
    return _curve(name).copy()


@cache
def _curve(name: str) -> pd.DataFrame:
    path = _FOLDER / "curves" / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in path.parent.glob("*.csv")))
        raise FileNotFoundError(f"no digitised figure {name}; there are {known}")
    return pd.read_csv(path)


def _yaml(name: str) -> Any:
    return yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
