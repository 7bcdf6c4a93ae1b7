"""Imports go one way: making and showing are two halves that meet in the run folders."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "repro"
LAYERS = [
    {"files", "counter_random", "processes", "terminal"},
    {"experiment"},
    {"runs", "paper", "theory"},
    {"data"},
    {"network", "baselines"},
    {"monitor"},
    {"training"},
    {"launch"},
    {"evidence"},
    {"drawing"},
    {"exhibits"},
    {"report"},
    {"bench", "reproduce"},
    {"__main__"},
]
"""From the bottom to the top: a module may import its own layer's package and those below."""
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
MAKING = {"network", "baselines", "monitor", "training", "launch"}
SHOWING = {"evidence", "drawing", "exhibits", "report", "paper", "theory", "runs", "experiment"}
FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def layer(module: str) -> str:
    """That of its package; the commands of packages (`python -m repro.data`) stand at the top."""
    return "__main__" if module.endswith(".__main__") else module.split(".")[1]


def module_of(path: Path) -> str:
    return ".".join(["repro", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Modules that a file imports, anywhere in it but for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_arrow_runs_up(path):
    mine = layer(module_of(path))
    for name in imports(path):
        if name.startswith("repro.") and layer(name) in HEIGHT and layer(name) != mine:
            assert HEIGHT[layer(name)] < HEIGHT[mine], f"{module_of(path)} imports {name}"


@pytest.mark.parametrize("path", [p for p in FILES if layer(module_of(p)) in SHOWING], ids=str)
def test_what_shows_never_imports_what_makes(path):
    for name in imports(path):
        assert name.split(".")[0] != "torch"
        assert not name.startswith("repro.") or layer(name) not in MAKING


def test_every_module_has_a_layer():
    assert {layer(module_of(path)) for path in FILES} == set(HEIGHT)


def test_there_is_no_circle():
    """Also not inside a package."""
    modules = {module_of(path): imports(path) for path in [*FILES, ROOT / "__init__.py"]}
    graph = {
        name: {other for other in found & set(modules) if not name.startswith(other + ".") and other != name}
        for name, found in modules.items()
    }
    while leaves := [name for name, others in graph.items() if not others & set(graph)]:
        for name in leaves:
            del graph[name]
    assert not graph, f"these import each other: {sorted(graph)}"
