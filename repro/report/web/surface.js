/* Figure 5 as surfaces to turn, by mouse or by two sliders. */
const surface = (() => {
  function camera() {
    const turn = Number($("s-turn").value) * Math.PI / 180, tilt = Number($("s-tilt").value) * Math.PI / 180;
    const far = 2.05;
    return { center: { x: 0, y: 0, z: -0.12 }, eye: { x: far * Math.cos(tilt) * Math.cos(turn), y: far * Math.cos(tilt) * Math.sin(turn), z: far * Math.sin(tilt) } };
  }
  function traces() {
    const chosen = $("s-costs").value;
    return Object.entries(data.surface.costs).filter(([cost]) => chosen === "both" || chosen === cost).flatMap(([cost, own]) => {
      const base = shade(own.colour);
      return [
        { type: "surface", name: cost, x: data.surface.w, y: data.surface.w, z: own.z, showscale: false, opacity: 0.92,
          colorscale: [[0, base], [1, cost === "quadratic" ? shade("#f0b49f") : shade("#c9c9c9")]],
          contours: { x: { show: true, color: base, width: 1, start: -4, end: 4, size: 0.5 }, y: { show: true, color: base, width: 1, start: -4, end: 4, size: 0.5 } },
          hovertemplate: `${cost}<br>W1 %{x:.2f}, W2 %{y:.2f}<br>height %{z:.3f}<extra></extra>` },
        { type: "scatter3d", mode: "markers", name: `${cost}, the paper's heights`, x: own.dots.w1, y: own.dots.w2, z: own.dots.paper,
          marker: { size: 4.5, color: colour("--accent") }, customdata: own.dots.ours,
          hovertemplate: "paper %{z:.2f}, ours %{customdata:.2f}<extra></extra>" },
      ];
    });
  }
  function draw() {
    const wall = { gridcolor: colour("--line"), color: colour("--ink"), backgroundcolor: "rgba(0,0,0,0)", showspikes: false };
    Plotly.react("s-plot", traces(), layout({ margin: { l: 0, r: 0, t: 0, b: 0 }, scene: {
      xaxis: { ...wall, title: { text: "W1" } }, yaxis: { ...wall, title: { text: "W2" } }, zaxis: { ...wall, title: { text: "cost" }, range: [-0.1, 4.2] },
      aspectratio: { x: 1, y: 1, z: 1.05 }, camera: camera() } }), config);
  }
  const turn = () => Plotly.relayout("s-plot", { "scene.camera": camera() });
  function start() {
    if (!data.surface) { $("surface").hidden = true; return; }
    $("s-costs").addEventListener("change", draw);
    ["s-turn", "s-tilt"].forEach((id) => $(id).addEventListener("input", turn));
    draw();
    drawers.push(draw);
  }
  return { start };
})();
