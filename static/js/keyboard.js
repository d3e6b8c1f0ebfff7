// Single keys: data-hotkey="n" on a link, button or field activates or focuses it, its data-hotkey-label stands in the help.
// In [data-rows], j and k move between the [data-row-link] of its rows. "?" shows the list, Escape leaves a field. Can be switched off (WCAG 2.1.4):
// then the page says so to other scripts (<html data-keys-off>). A "hotkey" event on such an element does what its key does.
(() => {
  const page = document.documentElement;
  const STORE = `${page.dataset.cookies || ""}single-keys`; // a cookie: what else is kept on this device goes at sign-out
  const enabled = () => !page.hasAttribute("data-keys-off");
  page.toggleAttribute("data-keys-off", document.cookie.split("; ").includes(`${STORE}=off`));
  const typing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const help = document.getElementById("keyboard-help");

  const row = (key, label) => {
    const term = document.createElement("dt");
    const mark = document.createElement("kbd");
    const words = document.createElement("dd");
    mark.textContent = key;
    words.textContent = label;
    term.append(mark);
    return [term, words];
  };
  const fill = (list) => {
    const rows = row("?", list.dataset.labelHelp);
    if (document.querySelector("[data-rows]")) rows.push(...row("j", list.dataset.labelDown), ...row("k", list.dataset.labelUp));
    for (const element of document.querySelectorAll("[data-hotkey]")) {
      rows.push(...row(element.dataset.hotkey, element.dataset.hotkeyLabel || element.textContent.trim()));
    }
    list.replaceChildren(...rows);
  };
  const move = (step) => {
    const links = [...document.querySelectorAll("[data-rows] [data-row-link]")];
    if (!links.length) return;
    const here = links.findIndex((link) => link.closest("tr, li")?.contains(document.activeElement));
    const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + step));
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
  };
  const activate = (element) => {
    const menu = element.closest("details.menu");
    if (menu) menu.open = true;
    if (element.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select")) element.focus();
    else if (element.matches("summary")) { if (!menu) element.click(); element.focus(); }
    else element.click();
  };

  document.addEventListener("hotkey", (event) => activate(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !enabled()) return;
    if (document.querySelector("dialog[open]")) return;
    if (typing(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    if (event.key === "?" && help?.showModal) { fill(help.querySelector("[data-keys]")); help.showModal(); }
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else {
      const element = [...document.querySelectorAll("[data-hotkey]")].find((found) => found.dataset.hotkey === event.key);
      if (!element) return;
      activate(element);
    }
    event.preventDefault();
  });
  if (help) {
    const toggle = help.querySelector("[data-keys-switch]");
    toggle.checked = enabled();
    toggle.addEventListener("change", () => {
      page.toggleAttribute("data-keys-off", !toggle.checked);
      document.cookie = `${STORE}=${toggle.checked ? "on" : "off"}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
    });
    document.addEventListener("click", (event) => {
      if (event.target.closest('[data-dialog-open="keyboard-help"]')) fill(help.querySelector("[data-keys]"));
    });
  }
})();
