// Choosing files: dropped or picked, listed, measured before they are sent, with the progress of each.
"use strict";
(() => {
  const UNITS = ["B", "KB", "MB", "GB"];
  const size = (bytes) => {
    const step = Math.min(Math.floor(Math.log2(bytes || 1) / 10), 3);
    return `${(bytes / 1024 ** step).toFixed(step && bytes / 1024 ** step < 10 ? 1 : 0)} ${UNITS[step]}`;
  };
  const listOf = (input) => input.closest("[data-field]").querySelector("[data-files]");
  const tooLarge = (input) => [...input.files].filter((file) => file.size > Number(input.dataset.max || Infinity));

  const show = (input) => {
    const list = listOf(input);
    const sample = document.getElementById("file-words").content.firstElementChild;
    const rows = [...input.files].map((file, index) => {
      const row = sample.cloneNode(true);
      row.querySelector("[data-name]").textContent = file.name;
      row.querySelector("[data-size]").textContent = size(file.size);
      row.querySelector("[data-too-large]").hidden = !tooLarge(input).includes(file);
      row.querySelector("[data-remove]").addEventListener("click", () => {
        remove(input, index);
        input.focus();
      });
      return row;
    });
    list.replaceChildren(...rows);
    input.setCustomValidity(tooLarge(input).length ? document.body.dataset.tooLarge : "");
  };
  const fill = (input, files) => {
    const kept = new DataTransfer();
    files.forEach((file) => kept.items.add(file));
    input.files = kept.files;
    show(input);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const remove = (input, index) => fill(input, [...input.files].filter((_file, at) => at !== index));

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-drop] input[type=file]")) show(event.target);
  });
  const zone = (event) => event.target.closest?.("[data-drop]");
  ["dragenter", "dragover"].forEach((type) =>
    document.addEventListener(type, (event) => {
      if (!zone(event)) return;
      event.preventDefault();
      zone(event).classList.add("is-over");
    }),
  );
  document.addEventListener("dragleave", (event) => zone(event)?.classList.remove("is-over"));
  document.addEventListener("drop", (event) => {
    const place = zone(event);
    if (!place) return;
    event.preventDefault();
    place.classList.remove("is-over");
    const input = place.querySelector("input[type=file]");
    const dropped = [...event.dataTransfer.files];
    fill(input, input.multiple ? [...input.files, ...dropped] : dropped.slice(0, 1));
  });

  // Files travel one after the other in one request, so the bytes sent tell how far each has got.
  const progress = (form, sent) => {
    let before = 0;
    form.querySelectorAll("[data-drop] input[type=file]").forEach((input) => {
      const rows = [...listOf(input).children];
      [...input.files].forEach((file, index) => {
        const share = Math.round((100 * Math.min(Math.max(sent - before, 0), file.size)) / (file.size || 1));
        const bar = rows[index]?.querySelector("[data-progress]");
        if (bar) {
          bar.hidden = false;
          bar.style.setProperty("--v", share);
          bar.setAttribute("aria-valuenow", share);
          bar.querySelector("b").textContent = `${share}%`;
        }
        before += file.size;
      });
    });
  };
  document.addEventListener("htmx:xhr:progress", (event) => {
    if (event.detail.lengthComputable && event.detail.elt.matches("form")) {
      progress(event.detail.elt, event.detail.loaded);
    }
  });

  // A plain form with files is sent the same way and ends where the server sends it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-upload]:not([hx-post])") || event.defaultPrevented) return;
    if (![...form.querySelectorAll("input[type=file]")].some((input) => input.files.length)) return;
    event.preventDefault();
    const body = new FormData(form);
    if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (sent) => progress(form, sent.loaded));
    request.addEventListener("load", () => {
      if (request.status < 300) {
        location.assign(request.responseURL);
        return;
      }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
      const main = document.querySelector("main");
      htmx.process(main);
      (main.querySelector('[role="alert"]') || main.querySelector('[aria-invalid="true"]') || main).focus();
    });
    request.addEventListener("error", () => {
      htmx.trigger(form, "htmx:sendError", { elt: form, requestConfig: {} });
      htmx.trigger(form, "htmx:afterRequest", { elt: form, target: form, successful: false });
    });
    request.open("POST", form.action);
    request.send(body);
  });
})();
