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
