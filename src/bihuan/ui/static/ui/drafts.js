// What was typed outlives a lost line, a closed row, a reload; it is gone once it was accepted.
"use strict";
(() => {
  const KEY = "draft:";
  const SENT = "draft-sent";
  const words = (name) => document.body.dataset[name] || "";
  const skipped = ["hidden", "password", "file", "submit", "button", "reset"];
  const fields = (form) => [...form.elements].filter((field) => field.name && !skipped.includes(field.type));
  const ticked = (field) => ["checkbox", "radio"].includes(field.type);
  const sign = (form, text) => {
    const place = form.querySelector("[data-draft-sign]");
    if (place) place.textContent = text;
  };

  const save = (form) => {
    const values = fields(form).map((field) => [field.name, field.value, ticked(field) ? field.checked : null]);
    try {
      sessionStorage.setItem(KEY + form.dataset.draft, JSON.stringify(values));
    } catch {
      return; // full or forbidden: say nothing rather than promise
    }
    const now = new Date().toTimeString().slice(0, 5);
    sign(form, words("saved").replace("{time}", now));
  };

  const restore = (form) => {
    if ("drafted" in form.dataset) return;
    form.dataset.drafted = "";
    const kept = sessionStorage.getItem(KEY + form.dataset.draft);
    // A form that came back with errors holds what was just typed.
    if (!kept || form.querySelector('[aria-invalid="true"]')) return;
    for (const [name, value, checked] of JSON.parse(kept)) {
      for (const field of fields(form).filter((one) => one.name === name)) {
        if (checked === null) field.value = value;
        else if (field.value === value) field.checked = checked;
      }
    }
    sign(form, words("restored"));
  };

  let pause, unsaved;
  const flush = () => {
    clearTimeout(pause);
    if (unsaved) save(unsaved);
    unsaved = null;
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (!form) return;
    if (unsaved !== form) flush();
    unsaved = form;
    clearTimeout(pause);
    pause = setTimeout(flush, 800);
  });
  // Whoever leaves before the pause is over loses nothing.
  document.addEventListener("focusout", flush);
  document.addEventListener("keydown", (event) => event.key === "Escape" && flush(), { capture: true });
  window.addEventListener("pagehide", flush);

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.requestConfig.elt; // `detail.elt` is an ancestor where the answer took the form away
    const accepted = event.detail.successful && event.detail.xhr.status < 300;
    if (form.matches("form[data-draft]") && accepted) {
      clearTimeout(pause);
      unsaved = null;
      sessionStorage.removeItem(KEY + form.dataset.draft);
    }
  });

  // A plain post is answered by a page: with the same form when it was refused, without it when it was accepted.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.draft || event.defaultPrevented) return;
    clearTimeout(pause);
    unsaved = null;
    save(form);
    sessionStorage.setItem(SENT, form.dataset.draft);
  });
  const settle = () => {
    const sent = sessionStorage.getItem(SENT);
    if (!sent) return;
    sessionStorage.removeItem(SENT);
    const back = [...document.querySelectorAll("form[data-draft]")].some((form) => form.dataset.draft === sent);
    if (!back) sessionStorage.removeItem(KEY + sent);
  };

  document.addEventListener("DOMContentLoaded", () => {
    settle();
    document.querySelectorAll("form[data-draft]").forEach(restore);
  });
  document.addEventListener("htmx:load", (event) => {
    const part = event.detail.elt;
    if (part.matches?.("form[data-draft]")) restore(part);
    part.querySelectorAll?.("form[data-draft]").forEach(restore);
  });
})();
