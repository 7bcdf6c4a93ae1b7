/* Learning curves: ours, each seed, the paper's; native switches beside plotly's own legend. */
const curves = (() => {
  const state = { plot: null, off: new Set() };
  const wanted = (source) => one(`[data-source=${source}]`).checked;

  function traces() {
    const found = [];
    state.plot.models.filter((model) => !state.off.has(model.name)).forEach((model) => {
      const line = { color: shade(model.colour), dash: model.dash };
      const common = { type: "scatter", mode: "lines", legendgroup: model.name };
      const rate = model.lr ? `, ε ${model.lr}` : "";
      if (wanted("paper") && model.paper) found.push({ ...common, ...model.paper, name: `${model.name}, paper`,
        line: { ...line, color: faded(model.colour, 0.42), width: 1.6 }, showlegend: !model.ours });
      if (wanted("seeds") && model.seeds.length > 1) model.seeds.forEach((seed) => found.push({ ...common, x: seed.x, y: seed.y,
        name: `${model.name}, seed ${seed.seed}`, line: { ...line, width: 0.8 }, opacity: 0.7, showlegend: false }));
      if (wanted("ours") && model.ours) {
        const { x, y, low, high } = model.ours;
        found.push({ ...common, x: [...x, ...x.slice().reverse()], y: [...high, ...low.slice().reverse()], fill: "toself",
          fillcolor: faded(model.colour, 0.16), line: { width: 0 }, hoverinfo: "skip", showlegend: false });
        found.push({ ...common, x, y, name: model.name + rate, line: { ...line, width: 2.4 }, mode: x.length < 15 ? "lines+markers" : "lines" });
      }
    });
    return found.map((trace) => ({ hovertemplate: "%{y:.2f} % after %{x:.3~g} million<extra>%{fullData.name}</extra>", ...trace }));
  }
  function reach() {
    const ours = Math.max(0, ...state.plot.models.map((m) => m.ours ? m.ours.x.at(-1) : 0));
    const papers = Math.max(ours, ...state.plot.models.map((m) => m.paper ? m.paper.x.at(-1) : 0));
    const first = Math.min(...state.plot.models.flatMap((m) => [m.ours?.x[0], m.paper?.x[0]]).filter(Boolean));
    const last = $("c-reach").value === "ours" ? 1.02 * ours : 1.02 * papers;
    return $("c-axis").value === "log" ? [Math.log10(first), Math.log10(last)] : [0, last];
  }
  function draw() {
    const phone = window.innerWidth < 700;
    Plotly.react("c-plotted", traces(), layout({
      showlegend: true, legend: { orientation: phone ? "h" : "v", y: phone ? -0.2 : 1 },
      xaxis: axis("Examples seen (millions)", { type: $("c-axis").value, range: reach(), nticks: 8 }),
      yaxis: axis("Test error (%)", $("c-reach").value === "ours" ? {} : { rangemode: "tozero" }), margin: { l: 55, r: 10, t: 10, b: 50 },
    }), config);
  }
  function choose(number) {
    state.plot = data.curves[number];
    state.off.clear();
    const box = $("c-models");
    box.replaceChildren(one("legend", box), ...state.plot.models.map((model) => {
      const input = make("input", { type: "checkbox", checked: true });
      input.addEventListener("change", () => { state.off[input.checked ? "delete" : "add"](model.name); draw(); });
      const sign = make("i");
      sign.style.borderTopColor = model.colour;
      sign.style.borderTopStyle = model.dash === "solid" ? "solid" : model.dash === "dot" ? "dotted" : "dashed";
      return make("label", {}, input, sign, model.name);
    }));
    draw();
  }
  function start() {
    if (!data.curves.length) { $("curves").hidden = true; return; }
    $("c-plot").append(...data.curves.map((plot, i) => make("option", { value: i, textContent: plot.title })));
    $("c-plot").addEventListener("change", (event) => choose(Number(event.target.value)));
    ["c-axis", "c-reach"].forEach((id) => $(id).addEventListener("change", draw));
    all("[data-source]").forEach((input) => input.addEventListener("change", draw));
    choose(0);
    drawers.push(draw);
  }
  return { start };
})();
