// The pages are whole without this script; it adds the theme, copying, sorting and filtering.
"use strict";

// Theme: auto follows the system; a choice is remembered where the browser lets a page remember.
{
  const select = document.getElementById("theme"), root = document.documentElement;
  select.value = root.dataset.theme ?? "auto";
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
// A cell is worth its data-v, else what its text begins with; blanks come last either way.
{
  const worth = cell => {
    const text = (cell.dataset.v ?? cell.firstChild?.textContent ?? "").trim().replace(/^=/, "").replace("−", "-");
    const number = parseFloat(text);
    return text === "" || text === "—" ? null : Number.isNaN(number) ? text : number;
  };
  const compare = (x, y) => typeof x === "number" && typeof y === "number"
    ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[0].cells], bodies = [...table.tBodies];
    const rows = bodies.filter(body => !body.matches(".apart")).map(body => [body, [...body.rows]]);
    const first = heads[0].querySelector("button");
    const ranks = new Map([...table.querySelectorAll(".ranked tr")].map(row => [row, row.cells[0].textContent]));

    const rank = (i, head) => {
      const judged = table.querySelector(`.ranked tr > :nth-child(${i + 1})[data-r]`);
      if (!judged) return;
      for (const row of ranks.keys()) row.cells[0].textContent = row.cells[i].dataset.r ?? "";
      first.title = `Rank by ${head.querySelector("button").textContent}`;
    };
    const sort = (i, head) => {
      const down = head.ariaSort === "ascending";
      for (const other of heads) if (other.ariaSort) other.ariaSort = "none";
      head.ariaSort = down ? "descending" : "ascending";
      if (i > 1) rank(i, head);
      for (const [body, list] of rows) {
        const keyed = list.map(row => [worth(row.cells[i]), row]);
        keyed.sort(([x], [y]) => x === null || y === null
          ? (x === null) - (y === null) : down ? compare(y, x) : compare(x, y));
        body.append(...keyed.map(([, row]) => row));
      }
    };
    heads.forEach((head, i) => head.querySelector("button")?.addEventListener("click", () => sort(i, head)));
  }
}

// Filter a table by text and status, and choose its columns.
for (const form of document.querySelectorAll("form.controls")) {
  const table = document.getElementById(form.dataset.for), style = document.createElement("style");
  const rows = [...table.querySelectorAll("tbody tr[data-s]")].map(row => [row, row.cells[1].textContent.toLowerCase()]);
  document.head.append(style);
  const columns = () => {
    const hidden = [...form.querySelectorAll("[name=column]:not(:checked)")].map(
      box => `#${table.id} tr > :nth-child(${box.value}):not([colspan])`);
    style.textContent = hidden.length ? `${hidden} { display: none }` : "";
  };
  const filter = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    const boxes = [...form.querySelectorAll("[name=status]")];
    const off = new Set(boxes.filter(box => !box.checked).map(box => box.value));
    let shown = 0;
    for (const [row, name] of rows) {
      row.hidden = off.has(row.dataset.s) || !name.includes(text);
      shown += !row.hidden;
    }
    form.querySelector("output").value = shown === rows.length ? `${shown} rows` : `${shown} of ${rows.length} rows`;
  };
  form.hidden = false;
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", filter);
  form.addEventListener("change", columns);
  columns();
  filter();
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
}
