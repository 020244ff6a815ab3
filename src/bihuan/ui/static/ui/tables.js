// Selecting rows and acting on the selection.
"use strict";
(() => {
  const boxes = (form) => [...form.querySelectorAll("input[data-select]")];

  const recount = (form) => {
    const all = boxes(form);
    const on = all.filter((box) => box.checked);
    const bar = form.querySelector("[data-bulk-bar]");
    if (!bar) return;
    const count = bar.querySelector("[data-bulk-count]");
    count.dataset.idle = count.dataset.idle || count.textContent;
    const whole = bar.querySelector("input[data-everything]:checked"); // the filter itself, not only this page
    const some = whole !== null || on.length > 0;
    if (whole) count.textContent = whole.dataset.everything;
    else count.textContent = some ? document.body.dataset.selected.replace("{n}", on.length) : count.dataset.idle;
    bar.classList.toggle("is-on", some);
    bar.querySelectorAll("button:not([data-bulk-clear]), input[type=submit]").forEach((button) => {
      button.disabled = !some;
    });
    bar.querySelector("[data-bulk-clear]").hidden = !some;
    const head = form.querySelector("input[data-select-all]");
    if (head) {
      head.checked = on.length > 0 && on.length === all.length;
      head.indeterminate = on.length > 0 && on.length < all.length;
    }
    all.forEach((box) => box.closest("tr, [data-row]")?.classList.toggle("is-on", box.checked));
  };

  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("input[data-select]");
    const form = event.target.closest?.("[data-bulk]");
    if (!form) return;
    if (box) {
      // Shift selects the stretch between two clicks.
      const all = boxes(form);
      if (event.shiftKey && last && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
        all.slice(from, to + 1).forEach((other) => (other.checked = box.checked));
      }
      last = box;
    } else if (event.target.matches("[data-select-all]")) {
      boxes(form).forEach((other) => (other.checked = event.target.checked));
    } else if (event.target.closest("[data-bulk-clear]")) {
      form.querySelectorAll("[data-select], [data-everything]").forEach((other) => (other.checked = false));
    } else {
      return;
    }
    recount(form);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-bulk]");
    if (form && event.target.matches("[data-select], [data-everything]")) recount(form);
  });

  const start = (root) => root.querySelectorAll("[data-bulk]").forEach(recount);
  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:load", (event) => {
    const form = event.detail.elt.closest?.("[data-bulk]");
    if (form) recount(form);
    else start(event.detail.elt);
  });
})();
