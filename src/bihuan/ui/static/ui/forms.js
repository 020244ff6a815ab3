// Forms: sent once, held back for an undo, drafts that survive, dialogs, menus, filters, files.
"use strict";
(() => {
  const on = (type, run) => document.addEventListener(type, run);
  const say = (text) => {
    document.getElementById("live").textContent = text;
  };
  const words = (name) => document.body.dataset[name] || "";

  // --- Once: a second press while the first is on its way does nothing; buttons keep their width.
  const busy = (form, button) => {
    form.dataset.busy = "";
    const shown = button || form.querySelector("button:not([type=button])");
    if (!shown) return;
    shown.style.setProperty("--busy-w", `${shown.offsetWidth}px`);
    shown.classList.add("is-busy");
    shown.dataset.words = shown.textContent.trim();
    say(words("sending"));
  };
  const idle = (form) => {
    delete form.dataset.busy;
    form.querySelectorAll(".is-busy").forEach((button) => button.classList.remove("is-busy"));
  };
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if ("busy" in form.dataset) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (event.defaultPrevented) return;
    busy(form, event.submitter);
  });
  on("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest("form");
    if (form) idle(form);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(idle));

  // --- Hold: what can be undone is held back in the browser for ten seconds; nothing is recorded until it is sent.
  const HOLD = 10000;
  const hold = (form, button) => {
    const toast = document.getElementById("hold-words").content.firstElementChild.cloneNode(true);
    toast.querySelector("[data-words]").textContent = form.dataset.hold;
    document.getElementById("toasts").append(toast);
    const row = form.closest("[data-row]") || form;
    row.classList.add("is-held");
    let timer = null;
    const finish = () => {
      clearTimeout(timer);
      removeEventListener("pagehide", send);
      toast.remove();
      row.classList.remove("is-held");
    };
    const send = () => {
      finish();
      delete form.dataset.held;
      form.dataset.released = "";
      form.requestSubmit(button || undefined);
    };
    toast.querySelector("[data-undo]").addEventListener("click", () => {
      finish();
      delete form.dataset.held;
      say(words("undone"));
      (button || row).focus();
    });
    toast.querySelector("[data-now]").addEventListener("click", send);
    timer = setTimeout(send, HOLD);
    addEventListener("beforeunload", (event) => {
      if ("held" in form.dataset) event.preventDefault();
    });
    say(form.dataset.hold);
  };
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset.hold) return;
      if ("released" in form.dataset) {
        delete form.dataset.released;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if ("held" in form.dataset) return;
      form.dataset.held = "";
      hold(form, event.submitter);
    },
    true,
  );

  // --- Drafts: what was typed outlives a lost line, a closed row, a reload; it is gone once it was accepted.
  const PREFIX = "draft:";
  const kept = (form) =>
    [...form.elements].filter(
      (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
    );
  const saveDraft = (form) => {
    const values = kept(form).map((field) =>
      ["checkbox", "radio"].includes(field.type) ? [field.name, field.value, field.checked] : [field.name, field.value],
    );
    try {
      sessionStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify(values));
    } catch {
      return;
    }
    const sign = form.querySelector("[data-draft-sign]");
    if (sign) {
      sign.textContent = words("saved").replace(
        "{time}",
        new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false }),
      );
    }
  };
  const loadDraft = (form) => {
    if ("drafted" in form.dataset) return;
    form.dataset.drafted = "";
    const stored = sessionStorage.getItem(PREFIX + form.dataset.draft);
    if (!stored || form.querySelector('[aria-invalid="true"]')) return;
    JSON.parse(stored).forEach(([name, value, checked]) => {
      kept(form)
        .filter((field) => field.name === name)
        .forEach((field) => {
          if (checked === undefined) field.value = value;
          else if (field.value === value) field.checked = checked;
        });
    });
    const sign = form.querySelector("[data-draft-sign]");
    if (sign) sign.textContent = words("restored");
  };
  let pause = null;
  on("input", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (!form) return;
    clearTimeout(pause);
    pause = setTimeout(() => saveDraft(form), 800);
  });
  const dropDraft = (form) => sessionStorage.removeItem(PREFIX + form.dataset.draft);
  on("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest("form[data-draft]");
    if (form && event.detail.successful && event.detail.xhr.status < 300) dropDraft(form);
  });
  // A plain post answers with another page; the draft of the page left behind goes when that page is reached.
  on("submit", (event) => {
    const form = event.target;
    if (form.dataset.draft && !event.defaultPrevented) sessionStorage.setItem("draft-sent", form.dataset.draft);
  });
  const settleDrafts = () => {
    const sent = sessionStorage.getItem("draft-sent");
    if (!sent) return;
    sessionStorage.removeItem("draft-sent");
    if (![...document.querySelectorAll("form[data-draft]")].some((form) => form.dataset.draft === sent)) {
      sessionStorage.removeItem(PREFIX + sent);
    }
  };

  // --- Dialogs: a link that leads to the same question on a page of its own opens it here.
  on("click", (event) => {
    const opener = event.target.closest?.("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && dialog.showModal) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    if (event.target.closest?.("[data-close]")) event.target.closest("dialog").close();
  });

  // --- Menus close like menus.
  on("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  on("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // --- Filters apply themselves.
  on("change", (event) => {
    const form = event.target.form;
    if (form && form.matches("form[data-auto]:not([hx-get])")) form.requestSubmit();
  });

  // --- Display: shown at once, remembered by the server.
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-display]") || !event.submitter) return;
    const { name, value } = event.submitter;
    if (name === "theme") document.documentElement.dataset.bsTheme = value;
    if (name === "type") document.documentElement.dataset.type = value;
  });

  // --- Passwords can be looked at.
  on("click", (event) => {
    const button = event.target.closest?.("[data-reveal]");
    if (!button) return;
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  });

  const start = (root) => {
    root.querySelectorAll("form[data-draft]").forEach(loadDraft);
    root.querySelectorAll("[data-reveal]").forEach((button) => (button.hidden = false));
    if (root.matches?.("form[data-draft]")) loadDraft(root);
  };
  document.addEventListener("DOMContentLoaded", () => {
    settleDrafts();
    start(document);
  });
  on("htmx:load", (event) => start(event.detail.elt));
})();
