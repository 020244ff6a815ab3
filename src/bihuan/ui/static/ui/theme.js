// Runs before the first paint: a reader who has chosen nothing gets what the system asks for.
"use strict";
(() => {
  const root = document.documentElement;
  if ("themeAuto" in root.dataset && matchMedia("(prefers-color-scheme: dark)").matches) {
    root.dataset.bsTheme = "dark";
  }
  root.classList.add("has-js");
})();
