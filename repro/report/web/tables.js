/* Tables that filter, sort and open. Every entry is a tbody of its own: a row, and one that it opens. */
function cellValue(entry, column) {
  const cell = entry.rows[0].cells[column];
  return cell.dataset.sort ?? cell.textContent.trim();
}
function compare(a, b) {
  const [x, y] = [Number(a), Number(b)];
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a.localeCompare(b, "en", { numeric: true });
}
function sortBy(table, column, header) {
  const down = header.getAttribute("aria-sort") === "ascending";
  all("th[aria-sort]", table.tHead).forEach((other) => other.removeAttribute("aria-sort"));
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const entries = [...table.tBodies];
  entries.sort((a, b) => (down ? -1 : 1) * compare(cellValue(a, column), cellValue(b, column)));
  table.append(...entries);
}
function unfold(button, open) {
  button.setAttribute("aria-expanded", String(open));
  $(button.getAttribute("aria-controls")).hidden = !open;
}
function startTable(table) {
  all("thead th", table).forEach((header, column) => {
    one("button", header)?.addEventListener("click", () => sortBy(table, column, header));
  });
  all("button.open", table).forEach((button) => {
    unfold(button, false);
    button.addEventListener("click", () => unfold(button, button.getAttribute("aria-expanded") !== "true"));
  });
}
function startFilter(form) {
  const table = $(form.dataset.for);
  const text = one("[data-filter]", form), select = one("[data-filter-column]", form);
  const entries = [...table.tBodies];
  const words = entries.map((entry) => entry.textContent.toLowerCase());
  const filter = () => {
    const wanted = text.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const value = select ? select.value : "";
    let shown = 0;
    entries.forEach((entry, i) => {
      const fits = wanted.every((word) => words[i].includes(word)) && (!value || entry.dataset[select.dataset.filterColumn] === value);
      entry.hidden = !fits;
      shown += fits;
    });
    one("[data-count]", form).textContent = `${shown} of ${entries.length}`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
  return { select, filter };
}
function startTables() {
  all("table.sortable").forEach(startTable);
  all("form[data-for]").forEach((form) => {
    const { select, filter } = startFilter(form);
    all("[data-outcome]", form.parentElement).filter((element) => element.tagName === "BUTTON").forEach((button) => {
      button.addEventListener("click", () => {
        select.value = select.value === button.dataset.outcome ? "" : button.dataset.outcome;
        filter();
      });
    });
  });
}
