/* Tables first, then everything that needs the library. */
startTheme();
startTables();
startPrint();
window.addEventListener("hashchange", reveal);
const ready = ("DecompressionStream" in window ? unpack() : Promise.reject(new Error("no DecompressionStream")))
  .then(() => [densities, curves, surface, live].forEach((part) => part.start()))
  .catch((error) => { $("old-browser").hidden = false; all(".explore").forEach((s) => { s.hidden = true; }); if (typeof DecompressionStream !== "undefined") throw error; })
  .finally(() => { reveal(); document.documentElement.dataset.ready = "yes"; });
