from repro.drawing import saturation as drawing
from repro.evidence import saturation
from repro.evidence.saturation import Network
from repro.runs.folder import Run


def test_one_network_is_one_row_of_panels(trained: list[Run]) -> None:
    tanh = [run for run in trained if run.experiment.init.name == "normalized_hidden"]
    rows = saturation.courses(
        [Network("a network", "tanh", "normalized_hidden", "[0, 1]", False, tanh, "fig10")]
    )
    axes = drawing.draw(rows).axes
    assert [panel.get_title("left") for panel in axes] == ["a network"] * 2
    assert [panel.get_ylabel() for panel in axes] == list(drawing.LABELS.values())


def test_every_quantity_has_a_label() -> None:
    assert tuple(drawing.LABELS) == saturation.QUANTITIES
