// Reviewing: quick phrases go into the opinion, and the button says which conclusion it sends.
"use strict";
(() => {
  const prepare = () => {
    document.querySelectorAll("[data-phrases]").forEach((phrases) => (phrases.hidden = false));
    name();
  };
  const name = () => {
    const button = document.querySelector("[data-conclude]");
    if (!button) return;
    button.dataset.words = button.dataset.words || button.textContent.trim();
    const chosen = button.form.querySelector('input[name="conclusion"]:checked');
    const label = chosen && chosen.parentElement.querySelector("label b");
    button.textContent = label ? label.textContent : button.dataset.words;
  };

  document.addEventListener("click", (event) => {
    const phrase = event.target.closest?.("[data-insert]");
    if (!phrase) return;
    const field = document.getElementById(phrase.dataset.insert);
    field.value = field.value.trim() ? `${field.value.trim()}\n${phrase.textContent}。` : `${phrase.textContent}。`;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "conclusion") name();
  });
  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:oobAfterSwap", prepare);
})();
