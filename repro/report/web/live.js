/* Mean-field theory from tables: q in every layer, gradients on their way down, singular values. */
const live = (() => {
  const LINE = "#0b57a4";
  /* Linear in log10 q, log-log where the values are positive; beyond the table with the slope at its end. */
  function look(table, name, q) {
    const x = Math.log10(Math.max(q, 1e-300)), step = table.q[1] - table.q[0];
    const at = Math.min(Math.max(Math.floor((x - table.q[0]) / step), 0), table.q.length - 2);
    const share = (x - table.q[at]) / step, [a, b] = [table[name][at], table[name][at + 1]];
    if (a > 0 && b > 0) return Math.exp(Math.log(a) + share * (Math.log(b) - Math.log(a)));
    return a + Math.min(Math.max(share, 0), 1) * (b - a);
  }
  /* Predictions for a network with these gains n Var[W], one per layer: std of z, relative gradients, mean σ of J. */
  function predict(activation, gains) {
    const table = data.live.tables[activation], q = [gains[0] * data.live.x_square];
    for (let i = 1; i < gains.length; i += 1) q.push(gains[i] * look(table, "square", q[i - 1]));
    const z = q.map((v) => Math.sqrt(Math.max(look(table, "variance", v), 0)));
    const ds = Array(gains.length).fill(1);
    for (let i = gains.length - 2; i >= 0; i -= 1) ds[i] = ds[i + 1] * Math.sqrt(gains[i + 1] * look(table, "slope", q[i]));
    const J = q.map((v, i) => Math.sqrt(gains[i] * look(table, "slope", v)) * look(table, "ratio", v));
    return { q, z, ds, J };
  }
  /* Eqs. 5 and 6: f'(s) = 1. */
  function linear(gains) {
    const z = [], ds = Array(gains.length).fill(1);
    gains.forEach((gain, i) => z.push(i ? z[i - 1] * Math.sqrt(gain) : Math.sqrt(gain * data.live.x_square)));
    for (let i = gains.length - 2; i >= 0; i -= 1) ds[i] = ds[i + 1] * Math.sqrt(gains[i + 1]);
    return { z, ds, J: gains.map((gain) => 0.8488 * Math.sqrt(gain)) };
  }
  const settings = () => ({ activation: $("l-activation").value, depth: Number($("l-depth").value), gain: 10 ** (Number($("l-gain").value) / 200) });
  const near = (a, b) => Math.abs(Math.log(a / b)) < 0.05;
  const TITLES = { z: "Std of activations z", ds: "Std of ∂C/∂s over that of the top layer", J: "Mean singular value of ∂z_i/∂z_(i-1)" };

  function draw() {
    const { activation, depth, gain } = settings();
    const gains = Array(depth).fill(gain), lines = predict(activation, gains), straight = linear(gains);
    const layers = gains.map((_, i) => i + 1);
    const mine = data.live.measured.filter((m) => m.activation === activation);
    const printed = data.live.paper.filter((p) => p.activation === activation);
    for (const key of Object.keys(TITLES)) {
      const from = key === "J" ? 1 : 0;
      const dots = mine.filter((m) => m[key].length).map((m) => {
        const strong = near(m.gains.at(-1), gain);
        return { type: "scatter", mode: "markers", name: m.name, x: m[key].map((_, i) => i + 1).slice(from), y: m[key].slice(from),
          marker: { size: strong ? 9 : 6, color: shade(LINE), opacity: strong ? 1 : 0.25 }, hovertemplate: `layer %{x}: %{y:.3g}<extra>${m.name}</extra>` };
      });
      const rings = printed.map((p) => {
        const strong = near(p.gain, gain), y = key === "J" ? [p.J, p.J, p.J, p.J] : p[key];
        return { type: "scatter", mode: "markers", name: p.name, x: y.map((_, i) => i + 1 + from), y,
          marker: { size: 11, symbol: "circle-open", color: colour("--ink"), line: { width: 2 }, opacity: strong ? 1 : 0.3 }, hovertemplate: `layer %{x}: %{y:.3g}<extra>${p.name}</extra>` };
      });
      const line = (values, style, name) => ({ type: "scatter", mode: "lines", name, x: layers.slice(from), y: values.slice(from), line: style, hovertemplate: "layer %{x}: %{y:.3g}<extra>" + name + "</extra>" });
      const values = [lines[key], ...mine.map((m) => m[key]), ...printed.map((p) => [].concat(p[key]))].flat().filter((v) => v > 0);
      const span = [Math.max(Math.min(...values), 1e-9), Math.min(Math.max(...values), 1e9)];
      Plotly.react(`l-${key}`, [line(straight[key], { color: colour("--quiet"), width: 1.4, dash: "dot" }, "eqs. 5, 6: f'(s) = 1"),
        line(lines[key], { color: shade(LINE), width: 3 }, "mean-field theory"), ...dots, ...rings], layout({
        title: { text: TITLES[key], x: 0.02, xanchor: "left", font: { size: 13 } },
        xaxis: axis("Layer", { range: [from + 0.6, Math.max(depth, 5) + 0.4], nticks: 8, tickformat: "d" }),
        yaxis: axis("", { type: "log", range: [Math.log10(span[0]) - 0.15, Math.log10(span[1]) + 0.15], dtick: span[1] / span[0] > 300 ? 1 : "D2", exponentformat: "power" }),
      }), config);
    }
    words(activation, depth, gain, lines);
  }
  function words(activation, depth, gain, lines) {
    $("l-depth-now").textContent = depth;
    $("l-gain-now").textContent = +gain.toPrecision(3);
    $("l-gain").setAttribute("aria-valuetext", `n Var[W] = ${+gain.toPrecision(3)}`);
    const change = (value) => value > 1 ? `${+value.toPrecision(2)} times larger` : `${+(1 / value).toPrecision(2)} times smaller`;
    $("l-now").textContent = `${activation}, ${depth} layers, n Var[W] = ${+gain.toPrecision(3)}: z spreads ${+lines.z[0].toPrecision(2)} in layer 1 and `
      + `${+lines.z.at(-1).toPrecision(2)} in layer ${depth}; gradients in layer 1 are ${change(lines.ds[0])} than in layer ${depth}; `
      + `mean singular value there ${+lines.J.at(-1).toPrecision(2)}.`;
  }
  function start() {
    if (!data.live) return;
    $("l-activation").append(...Object.keys(data.live.tables).map((name) => make("option", { textContent: name })));
    ["l-activation", "l-depth", "l-gain"].forEach((id) => $(id).addEventListener("input", draw));
    all("[data-gain]").forEach((button) => button.addEventListener("click", () => {
      $("l-gain").value = Math.round(200 * Math.log10(Number(button.dataset.gain)));
      draw();
    }));
    $("l-gain").value = Math.round(200 * Math.log10(1 / 3));
    draw();
    drawers.push(draw);
  }
  return { start, predict };
})();
