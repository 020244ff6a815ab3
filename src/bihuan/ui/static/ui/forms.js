// Dialogs, menus, filters, display, passwords: what opens and closes around forms.
"use strict";
(() => {
  // A link that leads to the same question on a page of its own opens it here.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
    if (event.target.closest?.("[data-close]")) event.target.closest("dialog").close();
    if (event.target.matches?.("dialog[open]") && !inside(event)) event.target.close();
  });
  const inside = ({ target, clientX, clientY }) => {
    const box = target.getBoundingClientRect();
    return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
  };

  // Menus close like menus.
  const openMenus = () => [...document.querySelectorAll("details[data-menu][open]")];
  document.addEventListener("click", (event) => {
    openMenus().forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    openMenus().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // A row's action opens its form below the row; pressed again it closes it, and the draft stays.
  const mark = (place) => {
    const row = document.getElementById(place.dataset.inline);
    const open = place.childElementCount > 0;
    row?.classList.toggle("is-open", open);
    row?.querySelectorAll("[data-opens]").forEach((button) => button.setAttribute("aria-expanded", open));
  };
  const close = (place) => {
    place.replaceChildren();
    delete place.dataset.shows;
    mark(place);
  };
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.("[data-opens]");
      const place = button && button.closest("[data-row]")?.nextElementSibling;
      if (!place || !place.matches("[data-inline]") || place.dataset.shows !== button.href) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      close(place);
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const place = event.key === "Escape" && event.target.closest?.("[data-inline]");
    if (!place || document.querySelector("dialog[open]")) return;
    close(place);
    document.getElementById(place.dataset.inline)?.querySelector("[data-opens]")?.focus();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.detail.target;
    if (!place.matches?.("[data-inline]")) return;
    place.dataset.shows = event.detail.requestConfig?.elt?.href || "";
    mark(place);
    place.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });

  // Filters apply themselves; a button is there for everybody else.
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("form[data-auto]:not([hx-get])")) form.requestSubmit();
  });

  // Shown at once, remembered by the server.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-display]") || !event.submitter) return;
    const { name, value } = event.submitter;
    if (name === "theme") document.documentElement.dataset.bsTheme = value;
    if (name === "type") document.documentElement.dataset.type = value;
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-reveal]");
    if (!button) return;
    const field = document.getElementById(button.dataset.reveal);
    const shows = field.type === "password";
    field.type = shows ? "text" : "password";
    button.setAttribute("aria-pressed", shows);
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-reveal]").forEach((button) => (button.hidden = false));
  });
})();
