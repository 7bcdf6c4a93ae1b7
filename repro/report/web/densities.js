/* One slider over training time, three plots, all layers. Traces stay the same; only their points change. */
const densities = (() => {
  const PANELS = { z: "Activations z", ds: "Gradients ∂C/∂s", dW: "Weight gradients ∂C/∂W" };
  const state = { network: null, time: 0 };
  const layers = () => Array.from({ length: state.network.depth }, (_, i) => i + 1);
  const epoch = () => state.network.times[state.time] / state.network.epoch;
  const isStart = () => state.network.times[state.time] === 0;
  const isEnd = () => state.time === state.network.times.length - 1;

  function steps(cells) {  /* a density as a line */
    return cells ? { x: cells.y.map((_, i) => cells.x0 + i * cells.dx), y: cells.y } : { x: [], y: [] };
  }
  function ours(quantity, layer) {
    const found = state.network.densities[quantity][state.network.times[state.time]];
    return steps(found && found[layer - 1]);
  }
  function paperDensity(quantity, layer) {
    const own = state.network.paper;
    const name = isStart() ? own.start[quantity] : isEnd() && quantity === "z" ? own.end : "";
    const curve = name && data.densities.paper[name].layers[layer];
    return curve || { x: [], y: [] };
  }
  /* The paper's spread at this epoch, between its two nearest points; none far beyond them. */
  function paperSpread(quantity, layer) {
    const name = state.network.paper.over[quantity];
    const curve = name && data.densities.paper[name].layers[layer];
    if (!curve) return null;
    const at = curve.epoch.findIndex((e) => e >= epoch());
    if (at < 0) return null;
    if (at === 0) return curve.epoch[0] - epoch() <= 0.5 ? { std: curve.std[0], mean: curve.mean?.[0] ?? 0 } : null;
    const share = (epoch() - curve.epoch[at - 1]) / (curve.epoch[at] - curve.epoch[at - 1]);
    const mix = (values) => values && values[at - 1] != null && values[at] != null
      ? values[at - 1] + share * (values[at] - values[at - 1]) : null;
    return { std: mix(curve.std), mean: mix(curve.mean) ?? 0 };
  }
  function spread(quantity, layer) {
    const own = state.network.spreads[quantity];
    const at = (key) => own[key]?.[state.time]?.[layer - 1] ?? null;
    const mean = at("mean") ?? 0, std = at("std");
    return { mean, std, low: at("low"), high: at("high"), mid: at("mid") };
  }

  /* Points of all traces of a panel, in the order of `traces`. */
  function points(quantity) {
    const list = layers(), spreads = list.map((i) => spread(quantity, i)), printed = list.map((i) => paperSpread(quantity, i));
    const wide = spreads.flatMap((s, k) => s.low == null ? [] : [[s.low, list[k]], [s.high, list[k]], [null, null]]);
    const rings = printed.flatMap((p, k) => p && p.std != null
      ? [[p.mean - p.std, list[k]], [p.mean + p.std, list[k]]] : []);
    return [
      ...list.map((i) => ours(quantity, i)),
      ...list.map((i) => paperDensity(quantity, i)),
      { x: wide.map((p) => p[0]), y: wide.map((p) => p[1]) },
      ...spreads.map((s, k) => s.std == null ? { x: [], y: [] } : { x: [s.mean - s.std, s.mean + s.std], y: [list[k], list[k]] }),
      { x: rings.map((p) => p[0]), y: rings.map((p) => p[1]) },
    ];
  }
  function traces(quantity) {
    const list = layers(), style = [];
    list.forEach((i) => style.push({ mode: "lines", line: { color: layerColour(i), width: 1.8 }, name: `layer ${i}`, hovertemplate: "%{y:.3g}" }));
    list.forEach((i) => style.push({ mode: "markers", marker: { color: layerColour(i), size: 4, opacity: 0.55 }, name: `layer ${i}, paper`, hovertemplate: "%{y:.3g}" }));
    style.push({ mode: "lines", line: { color: colour("--quiet"), width: 1 }, yaxis: "y2", name: "1st to 99th percentile", hovertemplate: "%{x:.3g}" });
    list.forEach((i) => style.push({ mode: "lines", line: { color: layerColour(i), width: 6 }, yaxis: "y2", name: `layer ${i}: ± std`, hovertemplate: "%{x:.4g}" }));
    style.push({ mode: "markers", yaxis: "y2", name: "paper: ± std", hovertemplate: "%{x:.3g}",
      marker: { symbol: "circle-open", size: 9, line: { width: 2 }, color: colour("--ink") } });
    return points(quantity).map((xy, k) => ({ type: "scatter", cliponaxis: true, ...style[k], ...xy }));
  }

  function reach(quantity, list) {  /* of the x axis and of the densities, at this moment */
    let x = 0, y = 0;
    list.forEach((p, k) => {
      if (k < 2 * layers().length) {
        const top = Math.max(0, ...p.y);
        y = Math.max(y, k < layers().length || !isEnd() ? top : 0);
        p.x.forEach((v, i) => { if (p.y[i] > 0.01 * top) x = Math.max(x, Math.abs(v)); });
      } else p.x.forEach((v) => { if (v != null && quantity !== "z") x = Math.max(x, 1.6 * Math.abs(v)); });
    });
    return [x, y];
  }
  function widest(quantity) {  /* `reach` over all moments */
    const keep = state.time, found = [0, 0];
    state.network.times.forEach((_, i) => {
      state.time = i;
      reach(quantity, points(quantity)).forEach((v, k) => { found[k] = Math.max(found[k], v); });
    });
    state.time = keep;
    return found;
  }
  function ranges(quantity, list) {
    const sigmoid = quantity === "z" && state.network.name.startsWith("sigmoid");
    let [x, y] = state.fixed ? state.fixed[quantity] : reach(quantity, list);
    if (quantity === "z") x = 1;
    return { x: sigmoid ? [-0.02, 1.02] : [-1.03 * x, 1.03 * x], y: [0, 1.05 * (y || 1)] };
  }
  function panelLayout(quantity) {
    const range = ranges(quantity, points(quantity));
    return layout({
      title: { text: PANELS[quantity], x: 0.02, xanchor: "left", font: { size: 13 } },
      margin: { l: 44, r: 8, t: 30, b: 28 },  /* fixed: automargin lays out everything twice */
      xaxis: axis("", { range: range.x, anchor: "y2", nticks: 6, exponentformat: "power", automargin: false }),
      yaxis: axis("", { domain: [0.34, 1], range: range.y, nticks: 5, automargin: false }),
      yaxis2: axis("", { domain: [0, 0.27], range: [state.network.depth + 0.6, 0.4], tickvals: layers(), showgrid: false, zeroline: false, automargin: false }),
      annotations: [["Density", 1, "top"], ["Layer", 0.29, "bottom"]].map(([text, y, yanchor]) => ({ text, x: 0.01, y, xref: "paper", yref: "paper", xanchor: "left", yanchor, showarrow: false, font: { color: colour("--quiet") } })),
    });
  }

  function draw() {  /* everything anew: another network, axes or colours */
    legend();
    state.fixed = $("d-axes").value === "fixed" ? Object.fromEntries(Object.keys(PANELS).map((q) => [q, widest(q)])) : null;
    Object.keys(PANELS).forEach((q) => Plotly.react(`d-${q}`, traces(q), panelLayout(q), config));
    words();
  }
  function move() {  /* the slider: points only, and axes that follow */
    Object.keys(PANELS).forEach((q) => {
      const list = points(q), range = ranges(q, list), gd = $(`d-${q}`);
      gd.data.forEach((trace, k) => { trace.x = list[k].x; trace.y = list[k].y; });
      gd.layout.xaxis.range = range.x;
      gd.layout.yaxis.range = range.y;
      Plotly.react(gd, gd.data, { ...gd.layout, datarevision: state.time }, config);
    });
    words();
  }
  function legend() {
    const box = one("[data-legend=layers]");
    box.replaceChildren(...layers().map((i) => {
      const sign = make("i");
      sign.style.background = layerColour(i);
      return make("span", {}, sign, `Layer ${i}`);
    }), make("span", { textContent: "lines: ours · dots, rings: the paper" }));
  }
  function words() {
    const n = state.network, update = n.times[state.time];
    const kept = Boolean(n.densities.z[update]);
    const text = `Update ${update.toLocaleString("en")} (epoch ${+epoch().toPrecision(3)} of the paper's axis) of ${n.updates.toLocaleString("en")}`;
    $("d-now").textContent = text + (kept ? "" : " · spreads only: this run kept no densities here");
    $("d-time").setAttribute("aria-valuetext", text);
    $("d-table").replaceChildren(...tableRows());
  }
  function tableRows() {
    const cells = (tag, values) => make("tr", {}, ...values.map((value) => make(tag, { textContent: value })));
    const digits = (value) => value == null ? "" : String(+value.toPrecision(3));
    const head = cells("th", ["layer", "mean of z", "std of z", "p1 of z", "p99 of z", "std of z, paper", "std of ∂C/∂s", "std of ∂C/∂W", "std of ∂C/∂W, paper"]);
    const body = layers().map((i) => {
      const z = spread("z", i);
      return cells("td", [i, digits(z.mean), digits(z.std), digits(z.low), digits(z.high), digits(paperSpread("z", i)?.std),
        digits(spread("ds", i).std), digits(spread("dW", i).std), digits(paperSpread("dW", i)?.std)]);
    });
    return [make("thead", {}, head), make("tbody", {}, ...body)];
  }

  function choose(number) {
    state.network = data.densities.networks[number];
    state.time = 0;
    const slider = $("d-time");
    slider.max = state.network.times.length - 1;
    slider.value = 0;
    draw();
  }
  function play() {
    const button = $("d-play");
    const running = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!running));
    button.textContent = running ? "Play" : "Pause";
    if (running) return;
    const slider = $("d-time");
    if (Number(slider.value) >= Number(slider.max)) slider.value = -1;
    const timer = setInterval(() => {
      if (button.getAttribute("aria-pressed") !== "true" || Number(slider.value) >= Number(slider.max)) {
        clearInterval(timer);
        if (button.getAttribute("aria-pressed") === "true") play();
        return;
      }
      slider.value = Number(slider.value) + 1;
      slider.dispatchEvent(new Event("input"));
    }, 350);
  }
  function start() {
    if (!data.densities.networks.length) { $("densities").hidden = true; return; }
    $("d-network").append(...data.densities.networks.map((n, i) => make("option", { value: i, textContent: n.name })));
    $("d-network").addEventListener("change", (event) => choose(Number(event.target.value)));
    $("d-time").addEventListener("input", (event) => { state.time = Number(event.target.value); move(); });
    $("d-axes").addEventListener("change", draw);
    $("d-play").addEventListener("click", play);
    choose(0);
    move();  /* once for nothing: the first time takes twice as long */
    drawers.push(draw);
  }
  return { start, choose };
})();
