"""The paper's data: complete, readable, and equal to where it was copied from."""

import re
from pathlib import Path
from string import Formatter

import pandas as pd
import pytest

from repro import paper

CURVES = Path(paper.__file__).parent / "curves"
NAMES = sorted(path.stem for path in CURVES.glob("*.csv"))
COLUMNS = ["figure", "panel", "series", "layer", "quantity", "x", "y", "quality"]


def test_all_claims_in_order() -> None:
    claims = paper.claims()
    assert list(claims) == [f"C{number}" for number in range(1, 33)]
    assert list(paper.contradictions()) == [f"D{number}" for number in range(1, 7)]
    for claim in [*claims.values(), *paper.contradictions().values()]:
        assert all(text and text == text.strip() for text in claim[:5])
        assert all(text == text.strip() for text in (claim.rule, claim.contradiction, claim.pending))


def test_the_words_of_a_rule_and_its_numbers_are_the_same() -> None:
    """Each name in the words has a number, each number is in the words, and no other number is there."""
    for claim in [*paper.claims().values(), *paper.contradictions().values()]:
        names = {name for _, name, _, _ in Formatter().parse(claim.rule) if name}
        assert names == set(claim.tolerances), claim.id
        assert "{" not in claim.words
        assert set(claim.needs) <= {"seeds", "rate"}


def test_claims_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        paper.claims()["C1"] = paper.claims()["C2"]  # type: ignore[index]


@pytest.mark.parametrize("name", NAMES)
def test_curve(name: str) -> None:
    curve = paper.curve(name)
    assert list(curve.columns) == COLUMNS
    assert len(curve) > 10
    assert curve["y"].notna().all()
    assert set(curve["figure"]) == {int(name[3:5])}


@pytest.mark.parametrize("name", NAMES)
def test_curve_is_the_digitised_one(name: str, shared: Path) -> None:
    assert (CURVES / f"{name}.csv").read_bytes() == (shared / "paper/digitised" / f"{name}.csv").read_bytes()


def test_every_quality_tag_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", (CURVES / "README.md").read_text(encoding="utf-8")))
    assert {tag for name in NAMES for tag in paper.curve(name)["quality"]} <= explained


def test_every_curve_has_an_error_in_the_readme() -> None:
    text = (CURVES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in NAMES)


def test_a_curve_is_the_callers_own() -> None:
    mine = paper.curve("fig11")
    mine["y"] = 0
    assert paper.curve("fig11")["y"].max() > 80


def test_unknown_figure_names_the_known_ones() -> None:
    with pytest.raises(FileNotFoundError, match=r"no digitised figure fig99; there are fig02, .*fig12_mnist"):
        paper.curve("fig99")


def test_table1_is_complete() -> None:
    table = paper.table1()
    assert len(table) == len(table[["model", "dataset"]].drop_duplicates()) == 20
    best = table.loc[table.groupby("dataset")["error"].idxmin()]
    assert best["bold"].all()
    assert pd.api.types.is_bool_dtype(table["bold"])


def test_numbers_have_an_error_for_every_digitised_peak() -> None:
    numbers = paper.numbers()
    for figure in ("fig06", "fig07", "fig08"):
        for init in ("standard", "normalized"):
            assert set(numbers[figure][init]) == set(paper.curve(f"{figure}_{init}")["layer"])
