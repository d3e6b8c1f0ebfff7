// The queue: selecting rows (shift, x, all), the bar for what is selected, and what changes while it is read: changed rows are
// written anew in their place, rows that left are greyed, new ones wait behind a line at the top. Nothing moves by itself.
(() => {
  const queue = document.getElementById("queue");
  if (!queue) return;
  const bulk = document.getElementById("bulk");
  const boxes = () => [...queue.querySelectorAll("tbody .cell-select input")];
  let last = null;
  const tell = () => {
    if (!bulk) return;
    const chosen = boxes().filter((box) => box.checked).length;
    bulk.toggleAttribute("data-some", chosen > 0);
    bulk.querySelector("[data-selected]").textContent = chosen ? `${chosen} ✓` : "";
    const all = queue.querySelector("[data-select-all]");
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && !all.checked;
  };
  const range = (box) => {
    const list = boxes();
    const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
    if (from >= 0) for (const one of list.slice(from, to + 1)) one.checked = box.checked;
  };
  queue.addEventListener("click", (event) => {
    const box = event.target.closest("tbody .cell-select input");
    if (box) { if (event.shiftKey && last) range(box); last = box; }
    if (event.target.matches("[data-select-all]")) for (const one of boxes()) one.checked = event.target.checked;
    tell();
  });
  const row = () => document.activeElement?.closest?.("tr[data-ticket]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.documentElement.hasAttribute("data-keys-off")) return;
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
    const here = row();
    if (event.key.toLowerCase() === "x" && here) {
      const box = here.querySelector(".cell-select input");
      box.checked = !box.checked;
      if (event.shiftKey && last) range(box);
      last = box;
      tell();
      event.preventDefault();
    } else if ((event.key === "o" || event.key === "r") && here) {
      location.href = here.querySelector("[data-row-link]").href + (event.key === "r" ? "#reply" : "");
      event.preventDefault();
    } else if (["a", "p", "s"].includes(event.key) && here && !boxes().some((box) => box.checked)) {
      here.querySelector(".cell-select input").checked = true; // what is done, is done to the row one stands on
      tell();
    }
  }, true);
  tell();

  if (!queue.dataset.since || !window.fetch) return;
  const line = queue.querySelector("[data-new]");
  const fresh = new Set();
  let tag = "";
  let minute = "";
  const replace = (id, html) => {
    const old = queue.querySelector(`tr[data-ticket="${id}"]`);
    if (!old || old.contains(document.activeElement) && document.activeElement.matches("input")) return;
    const body = document.createElement("tbody");
    body.innerHTML = html;
    const next = body.firstElementChild;
    if (old.textContent === next.textContent) return;
    const box = old.querySelector(".cell-select input");
    next.querySelector(".cell-select input").checked = box.checked;
    const focused = old.contains(document.activeElement);
    next.toggleAttribute("data-changed", true);
    old.replaceWith(next);
    if (focused) next.querySelector("[data-row-link]").focus({ preventScroll: true });
  };
  const look = async () => {
    if (document.hidden) return;
    const asked = new URLSearchParams({ q: queue.dataset.q, since: queue.dataset.since, ids: queue.dataset.ids, minute });
    if (queue.hasAttribute("data-tagged")) asked.set("tagged", "1");
    try {
      const answer = await fetch(`${queue.dataset.liveUrl}?${asked}`, { credentials: "same-origin", redirect: "error", headers: { "X-Unattended": "1", ...(tag && { "If-None-Match": tag }) }, cache: "no-store" });
      if (answer.status !== 200) return;
      tag = answer.headers.get("ETag") || "";
      const told = await answer.json();
      minute = told.minute;
      for (const [id, html] of Object.entries(told.rows)) replace(id, html);
      for (const id of told.gone) queue.querySelector(`tr[data-ticket="${id}"]`)?.toggleAttribute("data-gone", true);
      for (const id of told.new) fresh.add(id);
      for (const [key, count] of Object.entries(told.counts)) for (const node of document.querySelectorAll(`[data-count="${key}"]`)) node.textContent = count;
      line.hidden = !fresh.size;
      line.querySelector("span").textContent = fresh.size === 1 ? queue.dataset.newOne : queue.dataset.newMore.replace("{n}", fresh.size);
    } catch { /* the next look tries again */ }
  };
  line.addEventListener("click", () => location.reload());
  setInterval(look, 4000);
  document.addEventListener("visibilitychange", look);
})();
