// a[data-preview] opens its picture or page in a dialog of its own; without this script the link leads there.
(() => {
  let dialog = null;
  const make = () => {
    const close = document.querySelector("[data-preview-close]")?.dataset.previewClose || "Close";
    dialog = document.createElement("dialog");
    dialog.className = "dialog dialog-preview";
    dialog.innerHTML = '<div class="dialog-head"><h2></h2><form method="dialog"><button type="submit" class="btn btn-small"></button></form></div><div class="preview"></div>';
    dialog.querySelector("button").textContent = close;
    dialog.addEventListener("close", () => dialog.querySelector(".preview").replaceChildren());
    document.body.append(dialog);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-preview]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (!dialog) make();
    const name = link.dataset.previewName;
    dialog.querySelector("h2").textContent = name;
    dialog.setAttribute("aria-label", name);
    const shown = document.createElement(link.dataset.preview === "picture" ? "img" : "iframe");
    shown.src = link.href;
    if (shown.tagName === "IMG") shown.alt = name; else shown.title = name;
    dialog.querySelector(".preview").replaceChildren(shown);
    dialog.showModal();
  });
})();
