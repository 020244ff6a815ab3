// The jump box: what the server suggests stands below it; arrows move through it, Escape closes it, a filter is filled in.
"use strict";
(() => {
  const box = document.getElementById("search");
  const list = document.getElementById("jump");
  if (!box || !list) return;
  const links = () => [...list.querySelectorAll("a")];
  const show = (open) => {
    list.hidden = !open || !list.childElementCount;
    box.setAttribute("aria-expanded", String(!list.hidden));
  };
  list.addEventListener("htmx:afterSwap", () => show(document.activeElement === box));
  box.addEventListener("focus", () => show(true));
  document.addEventListener("click", (event) => {
    if (!box.form.contains(event.target)) show(false);
  });
  box.form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.form.contains(event.relatedTarget)) show(false);
  });
  box.form.addEventListener("keydown", (event) => {
    const all = links();
    const at = all.indexOf(document.activeElement);
    if (event.key === "Escape") {
      show(false);
      box.focus();
      show(false);
    } else if (event.key === "ArrowDown" && all.length) {
      event.preventDefault();
      show(true);
      all[Math.min(at + 1, all.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (all[at - 1] || box).focus();
    }
  });
  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-fill]");
    if (!chosen) return;
    event.preventDefault();
    box.value = chosen.dataset.fill;
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
