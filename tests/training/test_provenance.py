import json

import torch

from repro.training import provenance as module
from repro.training.provenance import provenance


def test_it_says_where_and_with_what():
    content = provenance(torch.device("cpu"), threads=2, stack=3, data="a part")
    assert (content["device"], content["threads"], content["stack"]) == ("cpu", 2, 3)
    assert content["data"] == "a part"
    assert content["packages"]["torch"] == torch.__version__.split("+")[0]
    assert content["products"].startswith(("compiled", "torch"))
    assert isinstance(content["uncommitted_changes"], bool)
    json.dumps(content)


def test_outside_a_checkout_there_is_no_commit(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "__file__", str(tmp_path / "provenance.py"))
    assert provenance(torch.device("cpu"), 1, 1)["commit"] is None
