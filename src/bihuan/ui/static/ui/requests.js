// What happens around htmx requests: the token, what is said when one fails, where the focus goes.
"use strict";
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]').content;

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = token();
  });

  const kindOf = (status) => (!status ? "network" : { 403: "refused", 404: "gone" }[status] || "server");
  const sentence = (kind, number) => {
    const words = document.getElementById("failure-words").content;
    const note = words.querySelector(`[data-failure="${kind}"]`).cloneNode(true);
    const place = note.querySelector("[data-number]");
    if (place && number) place.textContent = number;
    return note;
  };

  // The note stands above the form (or in the row, or above the page) and takes the focus; what was typed stays.
  const fail = (event) => {
    const source = event.detail.elt || document.body;
    const xhr = event.detail.xhr;
    const note = sentence(kindOf(xhr && xhr.status), xhr && xhr.getResponseHeader("X-Request-Number"));
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

  // Switched to another post in another window: what is open here must not be done in the new one's name.
  const postInUse = () => document.cookie.match(/(?:^|; )bh-post=(\d+)/)?.[1];
  const outdated = () => {
    const here = document.body.dataset.post;
    return here && postInUse() && here !== postInUse();
  };
  const warn = () => {
    if (!outdated()) return false;
    const home = document.getElementById("notices");
    if (!home.querySelector('[data-failure="post"]')) home.append(sentence("post"));
    home.firstElementChild.focus();
    return true;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") warn();
  });
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target.method !== "post" || !warn()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

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
