"""report.html in a real browser, opened from disk: it works without a network, a mouse or a large screen."""

import json
from pathlib import Path

import pytest

from repro.experiment.components import Activation
from repro.theory import mean_field, spectrum
from tests.report.browser import Browser
from tests.report.conftest import CPU, ODD

MOVE = """(async () => {
  const slider = document.getElementById("d-time"), times = [], seen = [];
  const paths = () => ["z", "ds", "dW"].map((q) => [...document.querySelectorAll(`#d-${q} path.js-line`)]
    .map((path) => path.getAttribute("d")).slice(0, 5));
  for (let i = 0; i <= Number(slider.max); i += 1) {
    const before = paths(), start = performance.now();
    slider.value = i;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
    if (i) seen.push(paths().map((panel, p) => panel.every((d, k) => d && d !== before[p][k])));
    await new Promise(requestAnimationFrame);
  }
  return { times, seen };
})()"""
"""Moves the slider through all moments: ms for each, and whether all densities moved."""


@pytest.fixture
def page(browser: Browser, report: Path) -> Browser:
    browser.errors.clear()
    browser.requests.clear()
    browser.open(report / "report.html", 1440)
    return browser


def errors(browser: Browser) -> list[str]:
    """What was logged, but for advice on how the plotting library uses its canvas."""
    return [error for error in browser.errors if "willReadFrequently" not in error]


def test_it_opens_without_an_error_or_a_request(page: Browser, report: Path) -> None:
    assert errors(page) == []
    assert page.requests == [(report / "report.html").resolve().as_uri()]
    assert page.run("document.querySelectorAll('.js-plotly-plot').length") == 8
    assert page.run("[...document.images].every((image) => image.naturalWidth > 0)")
    assert page.run("document.getElementById('old-browser').hidden")


def test_one_slider_moves_all_densities_at_once(page: Browser) -> None:
    kept = page.run("data.densities.networks.map((n) => Object.keys(n.densities.z).length)")
    page.run("document.getElementById('d-axes').value = 'fixed'")
    page.run(f"densities.choose({kept.index(max(kept))})")
    found = page.run(MOVE)
    assert len(found["seen"]) > 10
    assert all(all(panels) for panels in found["seen"])
    assert sorted(found["times"])[len(found["times"]) // 4] < 100  # others may be at work on this machine
    assert "epoch" in page.run("document.getElementById('d-time').getAttribute('aria-valuetext')")
    assert errors(page) == []


def shown(browser: Browser) -> list[str]:
    return browser.run(
        "[...document.querySelectorAll('#claims-table > tbody:not([hidden])')].map((entry) => entry.id)"
    )


def test_the_filter_filters(page: Browser) -> None:
    everything = shown(page)
    assert len(everything) == 38
    page.run("document.querySelector('#claims [data-filter]').focus()")
    page.call("Input.insertText", text="C13")
    assert shown(page) == ["claim-C13"]
    assert page.run("document.querySelector('#claims [data-count]').textContent") == "1 of 38"
    page.run(
        "(() => { const f = document.querySelector('#claims [data-filter]'); f.value = ''; "
        "f.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    page.run("document.getElementById('claim-C7').dataset.outcome = 'another'")
    outcome = page.run("document.querySelector('.tally button').dataset.outcome")
    chosen = page.run(
        "[...document.querySelectorAll('#claims-table > tbody')]"
        f".filter((e) => e.dataset.outcome === {json.dumps(outcome)}).map((e) => e.id)"
    )
    page.run("document.querySelector('.tally button').click()")
    assert shown(page) == chosen and "claim-C7" not in chosen
    page.run("document.querySelector('.tally button').click()")
    assert shown(page) == everything


def test_sorting_sorts_both_ways_and_says_so(page: Browser) -> None:
    entries = "[...document.querySelectorAll('#runs-table > tbody')]"
    order = f"{entries}.map((entry) => Number(entry.rows[0].cells[7].dataset.sort))"
    header = "document.querySelectorAll('#runs-table thead th')[7]"
    assert page.run(f"{header}.textContent") == "updates"
    page.run(f"{header}.querySelector('button').click()")
    assert page.run(order) == sorted(page.run(order)) and len(set(page.run(order))) > 1
    assert page.run(f"{header}.getAttribute('aria-sort')") == "ascending"
    page.run(f"{header}.querySelector('button').click()")
    assert page.run(order) == sorted(page.run(order), reverse=True)
    assert page.run(f"{header}.getAttribute('aria-sort')") == "descending"


def test_a_claim_opens_its_evidence_by_keyboard(page: Browser) -> None:
    hidden = "document.getElementById('evidence-C1').hidden"
    assert page.run(hidden)
    page.run("document.querySelector('#claim-C1 button.open').focus()")
    page.press("Enter", 13)
    assert not page.run(hidden)
    assert page.run("document.querySelector('#claim-C1 button.open').getAttribute('aria-expanded')") == "true"
    assert page.run("document.querySelector('#claim-C1 a').getAttribute('href')") == "#fig02"


def test_a_link_opens_what_it_leads_to(page: Browser) -> None:
    assert not page.run("document.querySelector('#fig07 details').open")
    page.run("location.hash = 'fig07'")
    assert page.run(
        "new Promise((done) => setTimeout(() => done(document.querySelector('#fig07 details').open), 50))"
    )


def test_tab_reaches_every_control_and_each_has_a_name(page: Browser) -> None:
    controls = "[...document.querySelectorAll('main :is(button, input, select, summary), main .scroll')]"
    visible = f"{controls}.filter((e) => e.checkVisibility())"
    wanted = page.run(f"{visible}.forEach((e, i) => {{ e.dataset.test = i; }}), {visible}.length")
    assert wanted > 100
    page.run("document.querySelector('#theme').focus()")
    reached = set()
    for _ in range(2 * wanted):
        page.press("Tab", 9)
        reached.add(page.run("document.activeElement.dataset.test ?? ''"))
        if len(reached - {""}) == wanted:
            break
    assert len(reached - {""}) == wanted
    named = "e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')"
    unnamed = f"{visible}.filter((e) => !({named}))"
    assert page.run(f"{unnamed}.length") == 0


def test_arrow_keys_move_the_slider(page: Browser) -> None:
    page.run("document.getElementById('d-time').focus()")
    before = page.run("document.getElementById('d-now').textContent")
    page.press("ArrowRight", 39)
    assert page.run("document.getElementById('d-now').textContent") != before


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_overflows(browser: Browser, report: Path, width: int) -> None:
    browser.open(report / "report.html", width)
    browser.run("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    browser.run("document.querySelectorAll('button.open').forEach((e) => e.click())")
    assert browser.run("document.documentElement.scrollWidth") <= width
    outside = """[...document.querySelectorAll('main *')].filter((e) => e.checkVisibility()
      && !e.closest('.scroll > *, svg, .hidden') && e.getBoundingClientRect().right > innerWidth + 1)
      .map((e) => e.outerHTML.slice(0, 80))"""
    assert browser.run(outside) == []


def test_dark_follows_the_system_and_the_switch(browser: Browser, report: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    browser.open(report / "report.html", 1440, dark=True)
    assert browser.run("document.documentElement.dataset.theme") == "dark"
    night = browser.run(paper)
    grid = browser.run("document.getElementById('l-z').layout.xaxis.gridcolor")
    browser.run("document.getElementById('theme').click()")
    assert browser.run(paper) == "rgb(255, 255, 255)" != night
    assert browser.run("document.getElementById('l-z').layout.xaxis.gridcolor") != grid  # plots follow
    assert errors(browser) == []
    browser.run("localStorage.clear()")
    browser.dark(False)


def test_on_paper_it_is_light_and_unfolded(browser: Browser, report: Path, tmp_path: Path) -> None:
    browser.open(report / "report.html", 1440, dark=True)
    browser.run("window.seen = []")
    browser.run(
        "addEventListener('beforeprint', () => seen.push(dark(), "
        "getComputedStyle(document.body).backgroundColor, "
        "document.querySelectorAll('details:not([open])').length))"
    )
    browser.pdf(tmp_path / "report.pdf")
    assert browser.run("seen") == [False, "rgb(255, 255, 255)", 0]
    assert (tmp_path / "report.pdf").stat().st_size > 100_000
    browser.dark(False)


def test_odd_names_are_text(page: Browser) -> None:
    names = page.run(
        "[...document.querySelectorAll('#runs-table th button')].map((button) => button.textContent)"
    )
    assert sum(name.startswith(ODD) for name in names) == 1
    assert page.run("document.querySelectorAll('script').length") == 4
    assert CPU in page.run("document.querySelector('#runs-table').textContent")
    assert ODD in page.run("data.densities.networks.map((n) => n.run).join()")


@pytest.mark.parametrize(("name", "gain"), [("tanh", 1 / 3), ("tanh", 3.0), ("sigmoid", 1.0), ("relu", 2.0)])
def test_live_theory_is_that_of_the_program(page: Browser, name: str, gain: float) -> None:
    """Tables joined in the browser against the theory itself."""
    depth = 8
    found = page.run(f"live.predict('{name}', Array({depth}).fill({gain}))")
    layers = [mean_field.Layer(Activation(name), gain)] * depth
    q = mean_field.variances(layers, page.run("data.live.x_square"))
    gradients = mean_field.gradients(layers, q, 1.0) ** 0.5
    assert found["q"] == pytest.approx(q.tolist(), rel=5e-3)
    assert found["ds"] == pytest.approx(gradients.tolist(), rel=5e-3)
    spread = mean_field.activation_variance(Activation(name), q) ** 0.5
    assert found["z"] == pytest.approx(spread.tolist(), rel=5e-3)
    mean = spectrum.layer_spectrum(layers[0], float(q[-1])).mean()
    assert found["J"][-1] == pytest.approx(mean, rel=5e-3)
