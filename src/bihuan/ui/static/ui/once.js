// A form is sent once, and what can be undone is held back for ten seconds before it is sent at all.
"use strict";
(() => {
  const words = (name) => document.body.dataset[name] || "";
  const say = (text) => {
    document.getElementById("live").textContent = text;
  };

  const busy = (form, button) => {
    form.dataset.busy = "";
    const pressed = button || form.querySelector("button:not([type=button])");
    if (pressed) {
      pressed.style.setProperty("--busy-w", `${pressed.offsetWidth}px`);
      pressed.classList.add("is-busy");
    }
    say(words("sending"));
  };
  const idle = (form) => {
    delete form.dataset.busy;
    form.querySelectorAll(".is-busy").forEach((button) => button.classList.remove("is-busy"));
  };

  // Before anybody else hears of it: a second press while the first is on its way, or the start of a hold.
  const pressed = new WeakMap();
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const stop = () => {
        event.preventDefault();
        event.stopImmediatePropagation();
      };
      pressed.set(form, event.submitter);
      if ("busy" in form.dataset) return stop();
      if (!form.dataset.hold || !form.hasAttribute("hx-post")) return undefined;
      if (form.dataset.held === "released") {
        delete form.dataset.held;
        return undefined;
      }
      stop();
      if (!("held" in form.dataset)) hold(form, event.submitter);
      return undefined;
    },
    true,
  );
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-once]") && !event.defaultPrevented) busy(event.target, event.submitter);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (form.matches("form[data-once]")) busy(form, pressed.get(form));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("form")) idle(event.detail.elt);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(idle));

  // Nothing is recorded until it is sent; leaving the page sends it, because the reader did decide.
  const HOLD = 10000;
  const hold = (form, button) => {
    const toast = document.getElementById("hold-words").content.firstElementChild.cloneNode(true);
    const row = form.closest("[data-row]") || form;
    const url = button?.getAttribute("formaction") || form.action;
    const ends = (run) => () => {
      clearTimeout(timer);
      removeEventListener("pagehide", leave);
      toast.remove();
      row.classList.remove("is-held");
      run();
    };
    const send = ends(() => {
      form.dataset.held = "released";
      form.requestSubmit(button || undefined);
    });
    const undo = ends(() => {
      delete form.dataset.held;
      say(words("undone"));
      (button || row).focus();
    });
    const leave = () => {
      const body = new URLSearchParams(new FormData(form));
      if (button?.name) body.append(button.name, button.value);
      fetch(url, { method: "POST", body, keepalive: true });
    };
    form.dataset.held = "";
    row.classList.add("is-held");
    toast.querySelector("[data-words]").textContent = form.dataset.hold;
    toast.querySelector("[data-undo]").addEventListener("click", undo);
    toast.querySelector("[data-now]").addEventListener("click", send);
    document.getElementById("toasts").append(toast);
    const timer = setTimeout(send, HOLD);
    addEventListener("pagehide", leave);
    say(form.dataset.hold);
  };

  // Toasts of the server stay long enough to be read, and as long as the pointer rests on them.
  const STAY = 6000;
  const fade = (toast) => {
    if ("fading" in toast.dataset) return;
    toast.dataset.fading = "";
    let timer = setTimeout(() => toast.remove(), STAY);
    toast.addEventListener("mouseenter", () => clearTimeout(timer));
    toast.addEventListener("mouseleave", () => (timer = setTimeout(() => toast.remove(), STAY)));
  };
  const fadeAll = () => document.querySelectorAll("#toasts > [data-toast]").forEach(fade);
  document.addEventListener("DOMContentLoaded", fadeAll);
  document.addEventListener("htmx:oobAfterSwap", fadeAll);
})();
