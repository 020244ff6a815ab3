// Single keys for people who do this all day; off while typing, and off altogether when switched off.
"use strict";
(() => {
  const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  let here = null;
  let going = false;

  const mark = (row) => {
    if (here) here.classList.remove("is-here");
    here = row;
    if (!row) return;
    row.classList.add("is-here");
    const link = row.querySelector("[data-open]") || row.querySelector("a, button");
    if (link) link.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const now = all.indexOf(document.activeElement.closest?.("[data-row]") || here);
    mark(all[Math.min(Math.max(now + by, 0), all.length - 1)]);
  };
  const current = () => document.activeElement.closest?.("[data-row]") || here;

  const actions = {
    "/": () => document.getElementById("search")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
    j: () => step(1),
    k: () => step(-1),
    a: () => current()?.querySelector(".bh-act .btn, [data-act]")?.click(),
    x: () => current()?.querySelector("[data-select]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.target.form?.requestSubmit();
      return;
    }
    if (document.body.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (going) {
      going = false;
      const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (key === "g") {
      going = true;
      setTimeout(() => (going = false), 1500);
      return;
    }
    const run = actions[event.key] || actions[key];
    if (run) {
      event.preventDefault();
      run();
    }
  });
})();
