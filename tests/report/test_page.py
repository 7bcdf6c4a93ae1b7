import pandas as pd
import pytest

from repro.exhibits import EXHIBITS, fig06, judge, load
from repro.experiment.settings import Dataset
from repro.report import page
from repro.runs.folder import Run


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
    assert page.conditions("fig06", untrained, "quick") == (
        "scale quick · seeds 0-2 · ε 0.01 · 0 updates · inputs in [0, 1] · 300 monitored, 2,000 test examples"
    )


def test_conditions_count_what_diverged(fake, untrained: list[Run]) -> None:  # type: ignore[no-untyped-def]
    runs = [*untrained, fake(state="diverged", seed=9)]
    assert page.conditions("fig06", runs, "lab").endswith(f"· 1 of {len(runs)} runs diverged")


def test_conditions_say_what_is_unlike_the_paper(fake) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(width=50), fake(width=50, dataset=Dataset(low=-1.0))]
    assert page.conditions("fig06", runs, "smoke").endswith("width 50 (paper: 1000)")
    assert "inputs in [-1, 1] and [0, 1]" in page.conditions("fig06", runs, "smoke")


def test_conditions_without_runs() -> None:
    assert page.conditions("fig06", [], "quick") == "scale quick · no training"


def test_conditions_name_a_stand_in(fake) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(dataset=Dataset("cifar10_holdout"))]
    assert "CIFAR-10, test set held out of the training images" in page.conditions("fig12", runs, "quick")
    assert "paper:" not in page.conditions("fig12", runs, "quick")


def test_a_grid_of_rates_with_the_lowest_error_in_bold(fake) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(lr=lr, last=last) for lr, last in ((0.01, 0.7), (0.03, 0.6), (0.1, 0.65))]
    runs += [fake(init="normalized", lr=0.01, last=0.5), fake(init="normalized", lr=0.03, last=0.4)]
    runs += [fake(init="normalized", lr=0.1, state="diverged")]
    text = page.learning_rates(runs)
    assert "| activation | init | ε 0.01 | ε 0.03 | ε 0.1 | warning |" in text
    assert "| tanh | standard | 70.00 | **60.00** | 65.00 |  |" in text
    assert "| tanh | normalized | 50.00 | **40.00** | diverged |  |" in text


@pytest.mark.parametrize(("errors", "edge"), [((0.5, 0.6), "smallest"), ((0.6, 0.5), "largest")])
def test_the_edge_of_the_grid_is_warned_of(fake, errors: tuple[float, float], edge: str) -> None:  # type: ignore[no-untyped-def]
    runs = [fake(lr=lr, last=last) for lr, last in zip((0.01, 0.1), errors, strict=True)]
    assert f"lowest at the {edge} rate" in page.learning_rates(runs)


def test_one_rate_was_not_searched(trained: list[Run], untrained: list[Run]) -> None:
    text = page.learning_rates(trained)
    assert "The rate was not searched" in text
    assert "warning" not in text and "**" not in text
    assert page.learning_rates(untrained) == ""


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
