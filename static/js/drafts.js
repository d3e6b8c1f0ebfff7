// Keeps what is typed in form[data-draft-url] on the server, a second after the last key; in this tab too, should the connection
// or the session end. What this tab holds and the server does not is put back.
(() => {
  const form = document.querySelector("form[data-draft-url]");
  if (!form || !window.fetch) return;
  const area = form.querySelector("textarea");
  if (location.hash === "#reply") area.focus();
  const state = form.querySelector("[data-draft-state]");
  const name = `draft:${form.dataset.draftKey}`;
  const local = {
    get: () => { try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; } },
    set: (value) => { try { if (value) sessionStorage.setItem(name, JSON.stringify(value)); else sessionStorage.removeItem(name); } catch { /* not kept */ } },
  };
  const say = (words) => { state.textContent = words; };
  let timer = 0;
  let sending = false;
  let saving = null;
  const save = async () => {
    clearTimeout(timer);
    if (sending) return;
    const data = new FormData(form);
    for (const [key, value] of [...data]) if (value instanceof File) data.delete(key);
    local.set({ body: area.value, at: Date.now() });
    saving = new AbortController();
    try {
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: data, credentials: "same-origin", redirect: "manual", headers: { Accept: "application/json" }, signal: saving.signal });
      if (answer.type === "opaqueredirect" || answer.status === 403) { say(form.dataset.draftEnded); later(10000); return; }
      const told = await answer.json();
      say(told.kept ?? told.message ?? "");
      const held = local.get();
      if (answer.ok && held && !held.sent && held.body === data.get("body")) local.set({ ...held, saved: true });
    } catch { if (!sending) { say(form.dataset.draftBroken); later(5000); } }
  };
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };
  form.addEventListener("input", () => { local.set({ body: area.value, at: Date.now() }); later(1000); });
  form.addEventListener("change", () => later(300));
  form.addEventListener("submit", () => { sending = true; saving?.abort(); clearTimeout(timer); local.set({ body: area.value, at: Date.now(), sent: true }); });
  form.addEventListener("upload:changed", () => later(300), true);
  window.addEventListener("pageshow", () => { sending = false; });
  const held = local.get();
  const kept = Date.parse(form.dataset.draftAt) || 0;
  // What was sent is gone. What the server kept is here already, unless the page before was still saving when this one was asked
  // for; and what the server kept and has no more was sent from another device.
  const went = held?.sent && document.querySelector(".flash-success");
  const elsewhere = held?.saved && !kept && Date.now() - held.at > 10000;
  if (held?.body && !went && !elsewhere && held.at > kept && held.body !== area.value) { area.value = held.body; later(300); }
  else if (held && (went || elsewhere || !held.body)) local.set(null);
})();
