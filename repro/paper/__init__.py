"""What the paper says, as data: its claims, Table 1, numbers from its text, and its curves (digitised).

Everything is read from the files in this folder, so that a number of the paper has one home and a source.
The curves were traced from the published figures (`curves/README.md`): they are measurements of pictures,
not the authors' data.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd
import yaml

_FOLDER = Path(__file__).parent


class Claim(NamedTuple):
    """One testable statement: where the paper makes it, how to measure it, what to expect, when it holds.

    rule: in words, with {names} of numbers in `tolerances`. needs: of a final verdict; seeds (how many),
    rate (whether the learning rate must have been searched). contradiction: what to know where the paper's
    own data don't pass. pending: what is still to be built before it can be tested.
    """

    id: str
    section: str
    claim: str
    measure: str
    expected: str
    rule: str = ""
    tolerances: Mapping[str, float] = MappingProxyType({})
    needs: Mapping[str, int | bool] = MappingProxyType({})
    contradiction: str = ""
    pending: str = ""

    @property
    def words(self) -> str:
        """The rule with its numbers. Raises KeyError for a name without one."""
        return self.rule.format(**self.tolerances)


@cache
def claims() -> MappingProxyType[str, Claim]:
    """All testable claims of the paper by id, C1 to C32, in order."""
    return _statements("claims.yaml")


@cache
def contradictions() -> MappingProxyType[str, Claim]:
    """Where the paper contradicts itself, as statements of ours by id, D1 to D6, in order."""
    return _statements("contradictions.yaml")


def _statements(file: str) -> MappingProxyType[str, Claim]:
    rows = [Claim(**row) for row in _yaml(file)]
    frozen = [
        row._replace(tolerances=MappingProxyType(row.tolerances), needs=MappingProxyType(row.needs))
        for row in rows
    ]
    return MappingProxyType({row.id: row for row in frozen})


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
