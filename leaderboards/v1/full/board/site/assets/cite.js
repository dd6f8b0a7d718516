// How to cite one number: the entries of the chosen method and data set, and of the suite.
"use strict";
{
  const form = document.getElementById("chooser"), chosen = document.getElementById("chosen");
  const method = document.getElementById("cite-method"), dataset = document.getElementById("cite-dataset");
  const entries = [...document.querySelectorAll("[data-cite]")];
  const text = (kind, id) => entries.find(e => e.dataset.cite === kind && e.dataset.id === id)
    ?.querySelector("code").textContent.trim();
  const show = () => {
    const parts = [text("method", method.value), text("dataset", dataset.value), text("suite")];
    const keyed = new Map();  // a paper that is cited twice is printed once
    for (const part of parts.join("\n\n").split(/\n\n(?=@)/)) {
      const key = part.split(",", 1)[0];
      if (part && !keyed.has(key)) keyed.set(key, part);
    }
    chosen.querySelector("code").textContent = [...keyed.values()].join("\n\n");
  };
  if (method.options.length) {
    form.hidden = chosen.hidden = false;
    form.addEventListener("submit", event => event.preventDefault());
    method.addEventListener("change", show);
    dataset.addEventListener("change", show);
    show();
    addEventListener("pageshow", show);  // a browser that goes back restores the choice late
  }
}
