// The tree editor: the passage beside the row one is at, and units offered while their names are typed.
"use strict";
(() => {
  const on = (type, run) => document.addEventListener(type, run);

  // --- Source and list show each other: whatever is pointed at or has the focus is lit on both sides.
  const pane = () => document.querySelector(".bh-source-text");
  const light = (id) => {
    document.querySelectorAll(".is-lit").forEach((lit) => lit.classList.remove("is-lit"));
    if (!id) return;
    document.querySelectorAll(`[data-item="${CSS.escape(id)}"]`).forEach((part) => part.classList.add("is-lit"));
  };
  // Only the pane scrolls; the page stays where the reader is working.
  const reveal = (part) => {
    const box = pane();
    if (!box || !part) return;
    const [there, here] = [part.getBoundingClientRect(), box.getBoundingClientRect()];
    if (there.top < here.top || there.bottom > here.bottom) {
      box.scrollTop += there.top - here.top - here.height / 3;
    }
  };
  const follow = (event) => {
    const part = event.target.closest?.("[data-item]");
    if (!part || !pane()) return;
    light(part.dataset.item);
    if (!part.closest(".bh-source-text")) {
      reveal(pane().querySelector(`[data-item="${CSS.escape(part.dataset.item)}"]`));
    }
  };
  on("mouseover", follow);
  on("focusin", follow);
  on("click", (event) => {
    const link = event.target.closest?.("[data-source]");
    if (!link || !pane()) return;
    const part = pane().querySelector(`[data-item="${CSS.escape(link.dataset.source)}"]`);
    if (!part) return;
    event.preventDefault();
    light(link.dataset.source);
    reveal(part);
    part.focus({ preventScroll: true });
  });

  // --- Bulk: whoever fills something in means to set it.
  on("input", (event) => {
    const set = event.target.closest?.(".bh-set");
    const tick = set?.querySelector("input[type=checkbox]");
    if (tick && event.target !== tick) tick.checked = true;
  });

  // --- Names: the last one of the list is the one being typed.
  const PAUSE = 250;
  let timer = null;
  let asked = 0;
  const last = (value) => value.slice(value.search(/[^、，,；;]*$/)).trim();
  const close = (field) => field.querySelector("[role=listbox]")?.remove();
  const offer = async (field, input) => {
    const typed = last(input.value);
    if (!typed) return close(field);
    const turn = ++asked;
    const home = document.querySelector("[data-suggest]").dataset.suggest;
    const answer = await fetch(`${home}?q=${encodeURIComponent(typed)}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || turn !== asked || document.activeElement !== input) return;
    close(field);
    const list = document.createElement("div");
    list.setAttribute("role", "listbox");
    list.className = "bh-offer";
    list.innerHTML = await answer.text();
    if (list.childElementCount) field.append(list);
  };
  const take = (field, name) => {
    const input = field.querySelector("input");
    input.value = input.value.slice(0, input.value.search(/[^、，,；;]*$/)) + name;
    close(field);
    input.focus();
  };
  on("input", (event) => {
    const field = event.target.closest?.("[data-names]");
    if (!field) return;
    clearTimeout(timer);
    timer = setTimeout(() => offer(field, event.target), PAUSE);
  });
  on("click", (event) => {
    const chosen = event.target.closest?.("[data-names] [data-name]");
    if (chosen) take(chosen.closest("[data-names]"), chosen.dataset.name);
    document.querySelectorAll("[data-names]").forEach((field) => {
      if (!field.contains(event.target)) close(field);
    });
  });
  on("keydown", (event) => {
    const field = event.target.closest?.("[data-names]");
    const list = field?.querySelector("[role=listbox]");
    if (!list) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close(field);
      field.querySelector("input").focus();
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const stops = [field.querySelector("input"), ...list.querySelectorAll("button")];
    const at = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    stops[Math.min(Math.max(at, 0), stops.length - 1)].focus();
  });
})();
