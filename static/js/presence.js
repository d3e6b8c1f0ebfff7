// On an open ticket: tells the others that one is here, and shows who else is, and what has come in meanwhile.
(() => {
  const place = document.querySelector("[data-presence-url]");
  if (!place || !window.fetch) return;
  const who = place.querySelector("[data-present]");
  const news = place.querySelector("[data-news]");
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";
  const text = () => document.querySelector("#composer textarea");
  let known = "";
  let typed = 0;
  document.addEventListener("input", (event) => { if (event.target === text()) typed = Date.now(); });
  const mode = () => (text()?.value.trim() && Date.now() - typed < 60000 ? "replying" : "viewing");
  const body = (said) => new URLSearchParams({ mode: said, seen: place.dataset.seen, known, csrfmiddlewaretoken: token() });
  const show = (node, words) => { node.hidden = !words; node.querySelector("span").textContent = words; };
  const beat = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(place.dataset.presenceUrl, { method: "POST", body: body(mode()), credentials: "same-origin", redirect: "error", headers: { "X-CSRFToken": token(), "X-Unattended": "1" } });
      if (answer.status !== 200) return;
      const told = await answer.json();
      known = told.mark;
      show(who, told.present);
      show(news, told.news);
    } catch { /* the next beat tries again */ }
  };
  setInterval(beat, 2000);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => navigator.sendBeacon?.(place.dataset.presenceUrl, body("gone")));
  beat();
})();
