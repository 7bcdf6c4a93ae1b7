from repro.drawing import style
from repro.drawing.models import PRETRAINED, look
from repro.evidence.models import FIVE_LAYERS, MODELS


def test_models_look_different() -> None:
    assert len({look(name) for name in [*MODELS, PRETRAINED]}) == len(MODELS) + 1


def test_a_network_looks_the_same_under_both_of_its_names() -> None:
    assert {name: look(name) for name in FIVE_LAYERS} == {n: look(m.name) for n, m in FIVE_LAYERS.items()}
    assert look("Tanh N") == (style.ACTIVATIONS["tanh"], style.LINES["normalized"])
