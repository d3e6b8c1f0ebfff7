// Loaded before the page is painted. The choice is kept on this device, and in a cookie for the server's first paint.
(() => {
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === (root.dataset.theme || "auto")));
    }
  };
  const keep = (theme) => {
    try { localStorage.setItem("theme", theme); } catch { /* private mode: holds for this page */ }
    document.cookie = `${root.dataset.cookies || ""}theme=${theme}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  };
  root.classList.add("js");
  apply(read() || root.dataset.theme);
  document.addEventListener("DOMContentLoaded", () => apply(root.dataset.theme));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-set]");
    if (!button) return;
    event.preventDefault(); // without scripts the form sets the cookie
    keep(button.dataset.themeSet);
    apply(button.dataset.themeSet);
  });
  window.addEventListener("storage", (event) => { if (event.key === "theme") apply(event.newValue); });
})();
