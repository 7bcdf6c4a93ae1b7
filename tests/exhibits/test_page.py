import pandas as pd
import pytest

from repro.config import Dataset
from repro.exhibits import EXHIBITS, fig06, judge, load, page
from repro.runs import Run


def rendered(runs: list[Run], *overrides: str) -> str:
    return page.render("fig06", load("fig06"), judge("fig06", runs), runs, "quick", overrides)


def test_page_has_all_its_parts_in_order(untrained: list[Run]) -> None:
    text = rendered(untrained)
    parts = [
        "# Figure 6: activations before training",
        "![Figure 6: activations before training](fig06.png)",
        "Each curve is the distribution",
        "`python -m repro.reproduce fig06 scale=quick`",
        "## What agrees with the paper and what does not",
        "**C12** With the standard initialization the variance of activations falls",
        "## Numbers",
        "## Implementation details",
        "- The paper doesn't state the range of its inputs",
        "## Runs",
        f"- `{untrained[0].path.name}`",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_command_repeats_the_users_settings_but_not_the_machine(untrained: list[Run]) -> None:
    text = rendered(untrained, "seed=0,1,2", "machine.threads=1")
    assert "`python -m repro.reproduce fig06 scale=quick seed=0,1,2`" in text


def test_conditions(untrained: list[Run]) -> None:
    assert page.conditions(untrained, "quick") == (
        "scale quick · seeds 0-2 · ε 0.01 · 0 updates · inputs in [0, 1] · 300 monitored, 2,000 test examples"
    )


def test_conditions_count_what_diverged(fake, untrained: list[Run]) -> None:  # type: ignore[no-untyped-def]
    runs = [*untrained, fake(state="diverged", seed=9)]
    assert page.conditions(runs, "lab").endswith("· 1 of 7 runs diverged")


def test_conditions_say_what_is_unlike_the_paper(fake) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(width=50), fake(width=50, dataset=Dataset(low=-1.0))]
    assert page.conditions(runs, "smoke").endswith("width 50 (paper: 1000)")
    assert "inputs in [-1, 1] and [0, 1]" in page.conditions(runs, "smoke")


def test_conditions_without_runs() -> None:
    assert page.conditions([], "quick") == "scale quick · no training"


def test_markdown_table() -> None:
    table = pd.DataFrame({"name": ["a|b", "c"], "n": [1, 2]})
    assert page.markdown_table(table) == "| name | n |\n| --- | ---: |\n| a\\|b | 1 |\n| c | 2 |"


@pytest.mark.parametrize("name", EXHIBITS)
def test_every_module_has_title_text_and_details(name: str) -> None:
    exhibit = load(name)
    assert page.title(exhibit)
    assert exhibit.__doc__.count("\n\nImplementation details\n- ") == 1


def test_title() -> None:
    assert page.title(fig06) == "Figure 6: activations before training"
