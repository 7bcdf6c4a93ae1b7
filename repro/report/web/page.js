"use strict";
/* The page itself: data, plotting library, theme, printing. Everything below is in one scope. */
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const one = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/* The library is gzipped, as base64, in a script element that browsers don't run. */
async function unpack() {
  const packed = Uint8Array.from(atob($("library").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  document.head.append(make("script", { textContent: await new Response(stream).text() }));
}

let printing = false;  /* paper is light */
const dark = () => document.documentElement.dataset.theme === "dark" && !printing;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* A colour of the figures, light enough for a dark page: the same hue. */
function shade(hex) {
  if (!dark()) return hex;
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
  const light = 0.299 * r + 0.587 * g + 0.114 * b;
  const add = Math.max(0, 0.58 - light);
  return "#" + [r, g, b].map((v) => Math.round(255 * (v + (1 - v) * add / (1 - light))).toString(16).padStart(2, "0")).join("");
}
const faded = (hex, alpha) => `rgba(${[1, 3, 5].map((i) => parseInt(shade(hex).slice(i, i + 2), 16)).join(",")},${alpha})`;
const layerColour = (i) => shade(data.layers[(i - 1) % data.layers.length]);

/* What all plots share. */
function axis(title, more = {}) {
  return { title: { text: title, standoff: 8 }, gridcolor: colour("--line"), zerolinecolor: colour("--line"),
    linecolor: colour("--quiet"), automargin: true, fixedrange: false, ...more };
}
function layout(more = {}) {
  return { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, hovermode: "closest",
    font: { family: "system-ui, 'DejaVu Sans', sans-serif", size: 12, color: colour("--ink") },
    margin: { l: 50, r: 12, t: 34, b: 44 },
    hoverlabel: { bgcolor: colour("--panel"), font: { color: colour("--ink") } }, ...more };
}
const config = { displayModeBar: false, responsive: true, scrollZoom: false };

const drawers = [];  /* functions that draw a part again, in other colours */
const redraw = () => drawers.forEach((draw) => draw());

function setTheme(name, keep) {
  document.documentElement.dataset.theme = name;
  $("theme").setAttribute("aria-pressed", String(name === "dark"));
  if (keep) try { localStorage.setItem("theme", name); } catch { /* a file may have no storage */ }
}
function startTheme() {
  let kept = null;
  try { kept = localStorage.getItem("theme"); } catch { /* as above */ }
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  setTheme(kept || (system.matches ? "dark" : "light"), false);
  system.addEventListener("change", (event) => { setTheme(event.matches ? "dark" : "light", false); redraw(); });
  $("theme").addEventListener("click", () => { setTheme(dark() ? "light" : "dark", true); redraw(); });
}

/* A link may lead into what is folded away. */
function reveal() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const folds = [target, ...all("details.part", target).slice(0, 1)];
  const button = one("button.open", target);
  if (button) unfold(button, true);
  for (let element = target.parentElement; element; element = element.parentElement) folds.push(element);
  folds.filter((element) => element.tagName === "DETAILS").forEach((element) => { element.open = true; });
  target.scrollIntoView();
}

/* On paper everything is unfolded and light. */
function startPrint() {
  let closed = [], buttons = [];
  window.addEventListener("beforeprint", () => {
    printing = true;
    document.documentElement.classList.add("printing");
    closed = all("details:not([open])");
    closed.forEach((element) => { element.open = true; });
    buttons = all("#claims button.open[aria-expanded=false]");
    buttons.forEach((button) => unfold(button, true));
    redraw();
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    document.documentElement.classList.remove("printing");
    closed.forEach((element) => { element.open = false; });
    buttons.forEach((button) => unfold(button, false));
    redraw();
  });
}
