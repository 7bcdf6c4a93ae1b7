import pandas as pd
import pytest

from repro.drawing import any_runs, style

NAN = float("nan")


def settings(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame({**columns, "setting": range(n), "runs": 3, "diverged": 0})


def rows(count, quantities=("test",), layers=(0,)):
    return pd.DataFrame(
        [
            {
                "setting": s,
                "layer": layer,
                "quantity": q,
                "x": x,
                "mean": 1.0 + s + x / 10,
                "half": 0.1,
                "n": 3,
            }
            for s in range(count)
            for layer in layers
            for q in quantities
            for x in (0, 10)
        ]
    )


def names(axes):
    legend = axes.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


def test_activations_and_initializations_look_as_in_the_exhibits():
    own = settings(activation=["tanh", "tanh", "relu"], init=["standard", "normalized", "standard"])
    figure = any_runs.lines(rows(3), own, ["activation", "init"], "y", "paper")
    (axes,) = figure.axes
    lines = axes.get_lines()
    assert [line.get_color() for line in lines[:2]] == [style.ACTIVATIONS["tanh"]] * 2
    assert [line.get_linestyle() for line in lines] == ["-", "--", "-"]
    assert lines[2].get_color() not in style.ACTIVATIONS.values()
    assert names(axes) == ["tanh, standard", "tanh, normalized", "relu, standard"]
    assert lines[1].get_ydata().tolist() == [2.0, 3.0]


def test_other_settings_divide_the_panels_and_are_named_where_they_vary():
    own = settings(activation=["tanh", "tanh", "sigmoid"], lr=[0.1, 0.2, 0.1], depth=[5, 5, 4])
    figure = any_runs.lines(rows(3), own, ["activation", "lr", "depth"], "y", "slides")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["tanh", "sigmoid"]
    assert [names(axes) for axes in figure.axes] == [["lr 0.1", "lr 0.2"], []]


def test_what_diverged_is_said():
    own = settings(lr=[0.1, 0.2]).assign(diverged=[0, 1])
    (axes,) = any_runs.lines(rows(2), own, ["lr"], "y", "paper").axes
    assert names(axes) == ["lr 0.1", "lr 0.2, 1 of 3 diverged"]


def test_layers_have_their_colours_in_every_panel():
    own = settings(init=["standard", "normalized"])
    data = rows(2, ("z_p98", "z_p50"), (1, 2, 7))
    kinds = {"z_p98": "line", "z_p50": "thin"}
    figure = any_runs.layers(data, own, ["init"], kinds, "dark", ylabel="z", log=True)
    for axes in figure.axes:
        colours = [line.get_color() for line in axes.get_lines()]
        assert colours == [style.layer_colour(layer) for layer in (1, 1, 2, 2, 7, 7)]
        assert axes.get_yscale() == "log"
    assert [text.get_text() for text in figure.legends[0].get_texts()][-1] == "Layer 7"


def test_spreads_are_at_the_start_and_at_the_end():
    ends = ("mean", "low", "high")
    data = rows(1, ends, (1, 2))
    (axes,) = any_runs.spreads(data, settings(init=["standard"]), [], ends, "paper", "J").axes
    marks = [line for line in axes.get_lines() if line.get_marker() == "o"]
    assert len(marks) == 4
    opened = [line.get_markerfacecolor() != line.get_color() for line in marks]
    assert opened == [True, False, True, False]


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_any_number_of_panels(count):
    own = settings(depth=list(range(1, count + 1)))
    figure = any_runs.densities(rows(count, ("z",), (1,)), own, ["depth"], "paper", "z")
    assert len(figure.axes) == count
    assert style.render(figure, "png")
