// The pages are whole without this script; it adds the theme, copying, sorting and filtering.
// A browser that goes back restores controls after scripts have run: pages obey them on pageshow.
"use strict";

// Theme: auto follows the system; a choice is remembered where the browser lets a page remember.
{
  const select = document.getElementById("theme"), root = document.documentElement;
  const recall = () => {
    try {
      const chosen = localStorage.getItem("theme");
      if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen; else delete root.dataset.theme;
    } catch { /* private windows */ }
    select.value = root.dataset.theme ?? "auto";
  };
  recall();
  addEventListener("pageshow", recall);
  select.closest("label").hidden = false;
  select.addEventListener("change", () => {
    if (select.value === "auto") delete root.dataset.theme; else root.dataset.theme = select.value;
    try {
      if (select.value === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", select.value);
    } catch { /* private windows */ }
  });
}

// Copy buttons beside code.
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.parentElement.querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// Sort a table by the column whose header button is pressed; the order in the page breaks ties.
// A cell is worth its data-v, else the number that its text begins with (930 k, =2, 28/28); blanks
// come last either way. Of a long table only the first rows are laid out until all are asked for.
const FIRST = 100;
const collator = new Intl.Collator("en", { numeric: true });
const worth = cell => {
  const text = (cell.dataset.v ?? cell.firstChild?.textContent ?? "").trim().replace(/^=/, "").replace("−", "-");
  if (text === "" || text === "—") return null;
  const number = parseFloat(text), prefix = text.match(/^[\d.]+\s([kMGTPE])$/);
  return Number.isNaN(number) ? text : prefix ? number * 1000 ** (1 + "kMGTPE".indexOf(prefix[1])) : number;
};
const compare = (x, y) => typeof x === "number" && typeof y === "number" ? x - y : collator.compare(x, y);

for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells], keys = [];
  const form = document.querySelector(`form[data-for="${table.id}"]`);
  const groups = [...table.tBodies].map(body => ({
    body, rows: [...body.rows].filter(row => !row.matches(".head")), head: body.querySelector(".head"),
    sorted: !body.matches(".apart"), most: body.matches(".anchors, .apart") ? Infinity : FIRST,
  }));
  const all = groups.flatMap(group => group.rows);
  const none = document.createElement("p");
  none.className = "none";
  none.role = "status";
  table.closest(".scroll").after(none);
  const about = new Map(all.map(row => {
    const name = row.querySelector("th");
    return [row, { text: name.textContent.toLowerCase(), status: name.querySelector(".s")?.textContent ?? table.dataset.usual }];
  }));
  const fits = new Set(all);

  const draw = () => {
    let shown = 0;
    for (const { body, rows, head, most } of groups) {
      const seen = rows.filter(row => fits.has(row)).slice(0, most);
      body.replaceChildren(...head && seen.length ? [head] : [], ...seen);
      shown += seen.length;
    }
    if (!form) return;
    none.textContent = shown ? "" : "No row matches the filter.";
    form.elements.all.hidden = shown === fits.size;
    form.querySelector("output").value = shown === all.length ? `${shown} rows` : `${shown} of ${all.length} rows`;
  };

  // The ranks shown are those of the metric sorted by, else those of the first metric.
  const first = new Map(all.map(row => [row, row.cells[0].textContent]));
  const by = table.tHead.querySelector(".by"), title = head => head.querySelector("button").textContent;
  const rank = i => {
    const ranked = all.some(row => row.cells[i].dataset.r);
    for (const row of groups[0].rows) {
      const text = ranked ? row.cells[i].dataset.r ?? "" : first.get(row);
      if (row.cells[0].textContent !== text) row.cells[0].textContent = text;
    }
    delete keys[0];
    by.textContent = `by ${title(heads[ranked ? i : 2]).replace(/\s*[↓↑]$/, "")}`;
  };
  const sort = (i, head) => {
    const upwards = title(head).includes("↑");  // the best come first
    const down = head.ariaSort === "none" ? upwards : head.ariaSort === "ascending";
    for (const other of heads) if (other.ariaSort) other.ariaSort = "none";
    head.ariaSort = down ? "descending" : "ascending";
    if (by) rank(i);
    const key = keys[i] ??= new Map(all.map(row => [row, worth(row.cells[i])]));
    for (const { rows, sorted } of groups) if (sorted) rows.sort((a, b) => {
      const x = key.get(a), y = key.get(b);
      return x === null || y === null ? (x === null) - (y === null) : down ? compare(y, x) : compare(x, y);
    });
    draw();
  };
  heads.forEach((head, i) => head.querySelector("button")?.addEventListener("click", () => sort(i, head)));
  if (!form) {
    for (const group of groups) group.most = Infinity;
    continue;
  }

  // Filter by text and status; choose columns.
  const style = document.head.appendChild(document.createElement("style"));
  const columns = () => {
    const hidden = [...form.querySelectorAll("[name=column]:not(:checked)")].map(
      box => `#${table.id} :is(tr, colgroup) > :nth-child(${box.value}):not([colspan])`);
    style.textContent = hidden.length ? `${hidden} { display: none }` : "";
  };
  const filter = () => {
    const wanted = form.elements.text.value.trim().toLowerCase();
    const off = new Set([...form.querySelectorAll("[name=status]:not(:checked)")].map(box => box.value));
    fits.clear();
    for (const row of all) if (!off.has(about.get(row).status) && about.get(row).text.includes(wanted)) fits.add(row);
    draw();
  };
  form.hidden = false;
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", event => event.target.name === "column" ? columns() : filter());
  form.elements.all.addEventListener("click", () => {
    for (const group of groups) group.most = Infinity;
    draw();
    table.closest(".scroll").focus();
  });
  const obey = () => { columns(); filter(); };
  obey();
  addEventListener("pageshow", obey);
}

// Close an open list of columns by Escape or a press elsewhere.
document.addEventListener("pointerdown", event => {
  for (const open of document.querySelectorAll(".choice[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("keydown", event => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll(".choice[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// One comparison at a time.
for (const select of document.querySelectorAll(".duels select")) {
  const show = () => {
    for (const option of select.options) document.getElementById(option.value).hidden = option.value !== select.value;
  };
  select.closest("label").hidden = false;
  select.addEventListener("change", show);
  show();
  addEventListener("pageshow", show);
}
