import pandas as pd
import pytest

from repro.evidence.selection import validation_errors
from repro.exhibits import EXHIBITS, evidence, fig01, fig06, load
from repro.report import page
from repro.runs import Run


def rendered(runs: list[Run], *overrides: str) -> str:
    return page.render(load("fig06"), evidence("fig06", runs, "quick"), overrides)


def test_page_has_all_its_parts_in_order(untrained: list[Run]) -> None:
    text = rendered(untrained)
    parts = [
        "# Figure 6: activations before training",
        "Drawn at scale quick · seeds 0-2 · ε 0.01 · 0 updates",
        "**Of ",
        "![Figure 6: activations before training](fig06.png)",
        "Each curve is the distribution",
        "`python -m repro.reproduce fig06 scale=quick`",
        "## What agrees with the paper and what does not",
        "| claim | outcome | measured | paper | why |",
        "**C12** With the standard initialization the variance of activations falls",
        "| **reproduced** | ",
        "its own data: reproduced |",
        "## Numbers",
        "## Implementation details",
        "- The paper doesn't state the range of its inputs",
        "## Runs",
        "<details>\n<summary>9 runs</summary>",
        f"- `{untrained[0].path.name}`",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_command_repeats_the_users_settings_but_not_the_machine(untrained: list[Run]) -> None:
    text = rendered(untrained, "seed=0,1,2", "machine.threads=1")
    assert "`python -m repro.reproduce fig06 scale=quick seed=0,1,2`" in text


def test_an_exhibit_without_runs() -> None:
    text = page.render(load("fig01"), evidence("fig01", [], "quick"), [])
    assert "Drawn at scale quick · no training." in text
    assert "None: nothing is trained." in text
    assert "## Learning rates" not in text


def test_a_page_without_verdicts(untrained: list[Run]) -> None:
    found = evidence("fig06", untrained, "quick")
    object.__setattr__(found, "verdicts", ())
    assert "The paper says nothing on this." in page.render(load("fig06"), found, [])


def test_a_grid_of_rates_with_the_lowest_error_in_bold(fake) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(lr=lr, last=last) for lr, last in ((0.01, 0.7), (0.03, 0.6), (0.1, 0.65))]
    runs += [fake(init="normalized", lr=0.01, last=0.5), fake(init="normalized", lr=0.03, last=0.4)]
    runs += [fake(init="normalized", lr=0.1, state="diverged")]
    text = page.learning_rates(validation_errors(runs))
    assert "| activation | init | ε 0.01 | ε 0.03 | ε 0.1 | warning |" in text
    assert "| tanh | standard | 70.00 | **60.00** | 65.00 |  |" in text
    assert "| tanh | normalized | 50.00 | **40.00** | diverged |  |" in text


@pytest.mark.parametrize(("errors", "edge"), [((0.5, 0.6), "smallest"), ((0.6, 0.5), "largest")])
def test_the_edge_of_the_grid_is_warned_of(fake, errors: tuple[float, float], edge: str) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(lr=lr, last=last) for lr, last in zip((0.01, 0.1), errors, strict=True)]
    assert f"lowest at the {edge} rate" in page.learning_rates(validation_errors(runs))


def test_where_every_rate_diverged_none_is_best(fake) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(lr=lr, state="diverged") for lr in (0.01, 0.1)]
    text = page.learning_rates(validation_errors(runs))
    assert "| tanh | standard | diverged | diverged |" in text
    assert "**" not in text


def test_one_rate_was_not_searched(trained: list[Run], untrained: list[Run]) -> None:
    text = page.learning_rates(validation_errors(trained))
    assert "The rate was not searched" in text
    assert "warning" not in text and "**" not in text
    assert page.learning_rates(validation_errors(untrained)) == ""


def test_markdown_table() -> None:
    table = pd.DataFrame({"name": ["a|b", "c"], "n": [1, 2]})
    assert page.markdown_table(table) == "| name | n |\n| --- | ---: |\n| a\\|b | 1 |\n| c | 2 |"


def test_a_cell_stays_in_its_line_and_a_heading_in_its_column() -> None:
    table = pd.DataFrame({"P(y|x)": ["two\nlines"]})
    assert page.markdown_table(table) == "| P(y\\|x) |\n| --- |\n| two lines |"


@pytest.mark.parametrize("name", EXHIBITS)
def test_every_module_has_title_text_and_details(name: str) -> None:
    exhibit = load(name)
    assert page.title(exhibit)
    assert exhibit.__doc__.count("\n\nImplementation details\n- ") == 1


def test_title() -> None:
    assert page.title(fig06) == "Figure 6: activations before training"
    assert page.title(fig01) == "Figure 1 (top): fifty images of Shapeset-3x2"
