// What happens around htmx requests: the token, what is said when one fails, where the focus goes.
"use strict";
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]').content;

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = token();
  });

  const sentence = (status, number) => {
    const words = document.getElementById("failure-words").content;
    const kind = !status ? "network" : status === 403 ? "refused" : status === 404 ? "gone" : "server";
    const note = words.querySelector(`[data-failure="${kind}"]`).cloneNode(true);
    const place = note.querySelector("[data-number]");
    if (place && number) place.textContent = number;
    return note;
  };

  // The note stands above the form (or in the row, or above the page) and takes the focus; what was typed stays.
  const fail = (event) => {
    const source = event.detail.elt || document.body;
    const xhr = event.detail.xhr;
    const note = sentence(xhr && xhr.status, xhr && xhr.getResponseHeader("X-Request-Number"));
    const home = source.closest("form") || document.getElementById("notices") || document.body;
    home.querySelectorAll(":scope > [data-failure]").forEach((old) => old.remove());
    home.prepend(note);
    const retry = note.querySelector("[data-retry]");
    if (retry) {
      retry.hidden = false;
      retry.addEventListener("click", () => {
        note.remove();
        if (source.requestSubmit && source.matches("form")) source.requestSubmit();
        else htmx.trigger(source, event.detail.requestConfig?.triggeringEvent?.type || "click");
      });
    }
    note.focus();
  };
  document.addEventListener("htmx:responseError", fail);
  document.addEventListener("htmx:sendError", fail);
  document.addEventListener("htmx:timeout", fail);

  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.elt.querySelectorAll(":scope > [data-failure]").forEach((old) => old.remove());
    event.detail.target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target.removeAttribute("aria-busy");
    // What was done changes the numbers of the navigation.
    const acted = event.detail.requestConfig?.verb !== "get" && event.detail.successful;
    if (acted) htmx.trigger(document.body, "counts");
  });

  // A server may say something aloud: HX-Trigger: {"say": "剩 4 件"}.
  document.addEventListener("say", (event) => {
    document.getElementById("live").textContent = event.detail.value;
  });

  // After a swap the focus goes to the first error, else to what asks for it.
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    if (!part.querySelector) return;
    const goal = part.querySelector('[aria-invalid="true"], [role="alert"], [data-focus]');
    if (goal) goal.focus();
  });
})();
