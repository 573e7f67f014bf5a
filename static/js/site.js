/* The choice of light or dark. Without this script pages follow the system's setting (site.css). */
(() => {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const show = () => { root.dataset.bsTheme = chosen() || (system.matches ? "dark" : "light"); };

  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
        try { localStorage.setItem("theme", next); } catch { /* the choice lasts as long as the page */ }
        root.dataset.bsTheme = next;
      });
    }
    // An open menu closes when somebody clicks beside it or presses Escape.
    const menus = document.querySelectorAll("details.account");
    document.addEventListener("click", (event) => {
      for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      for (const menu of menus) {
        if (menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
      }
    });
  });
})();
