// Text areas grow with their text; a form with data-guard warns before typed words are lost; data-autosubmit sends on change;
// data-reveal shows the password of the field that it names, until the form is sent.
(() => {
  const dirty = new Set();
  const grow = (area) => {
    if (CSS.supports("field-sizing", "content")) return;
    area.rows = Math.min(30, Math.max(area.dataset.rows || 4, area.value.split("\n").length + 1));
  };
  for (const area of document.querySelectorAll("textarea")) grow(area);
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) grow(event.target);
    const form = event.target.closest("form[data-guard]");
    if (form) dirty.add(form);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });
  const reveal = (button, shown) => {
    button.setAttribute("aria-pressed", shown);
    document.getElementById(button.dataset.reveal).type = shown ? "text" : "password";
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveal]");
    if (button) reveal(button, button.getAttribute("aria-pressed") !== "true");
  });
  document.addEventListener("submit", (event) => {
    dirty.delete(event.target);
    for (const button of event.target.querySelectorAll("[data-reveal]")) reveal(button, false); // or the browser would remember it as text
  });
  document.addEventListener("reset", (event) => dirty.delete(event.target));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.requestConfig.verb !== "get") dirty.delete(event.detail.elt.closest("form"));
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
})();
