import json
from pathlib import Path

import pytest

from repro.bench import figure, table

ROOT = Path(__file__).resolve().parents[2]
TRACKED = ROOT / "figures" / "bench" / "bench.json"


@pytest.mark.skipif(not TRACKED.exists(), reason="no bench of this version is tracked yet")
def test_the_readme_has_the_numbers_of_the_tracked_bench():
    content = json.loads(TRACKED.read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert table.paper(content) in readme
    assert table.to_jax(content) in readme
    assert f"median of {content['rounds']} rounds" in readme


def test_tables_have_the_rates_of_the_json(content):
    row = table.find(content, "ours", 2)
    lines = table.paper(content).splitlines()
    (ours,) = [line for line in lines if line.startswith("| **ours** |")]
    assert f" {row['median']:,.0f} | 5.00 | {row['share']:.0%} |" in ours
    assert len({line.count("|") for line in lines}) == 1
    ratios = table.to_jax(content).splitlines()
    assert ratios[2] == "| one network, 1 core |" + " 2.5 |" * 6
    assert "stack of 8, 2 cores" in ratios[-1]


def test_the_terminal_shows_what_is_missing(content):
    shown = table.show(content)
    assert "not measured: torch.compile, 1 cores (no compiler)" in shown
    assert "GPU: not measured" in shown and "median of 3 rounds" in shown


def test_the_figure_draws_every_contender_at_every_point(content):
    panels = figure.draw(content).axes
    assert [len(axes.get_lines()) for axes in panels] == [6, 4, 4, 4]
    width = panels[0]
    (bound,) = [line for line in width.get_lines() if line.get_linestyle() == ":"]
    assert list(bound.get_xdata()) == [30, 50, 100, 300, 1000, 2000]
    ours = [line for line in panels[1].get_lines() if line.get_color() == figure.COLOURS["ours"]]
    rows = [
        r
        for r in content["updates_per_second"]
        if (r["contender"], r["cores"], r["width"]) == ("ours", 1, 300)
    ]
    rates = {r["depth"]: r["median"] for r in rows if r["batch"] == 10 and r["networks"] == 1}
    assert list(ours[0].get_ydata()) == pytest.approx([rates[depth] for depth in (1, 2, 5, 10)])
