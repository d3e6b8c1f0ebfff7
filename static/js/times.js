// Keeps <time data-relative> fresh in the page's language; the absolute time stays in its title.
(() => {
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "always" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const now = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" }).format(0, "second");
  const text = (stamp) => {
    const seconds = (Date.parse(stamp) - Date.now()) / 1000;
    const found = units.find(([, size]) => Math.abs(seconds) >= size);
    return found ? words.format(Math.trunc(seconds / found[1]), found[0]) : now;
  };
  const refresh = (root) => {
    for (const time of root.querySelectorAll("time[data-relative]")) {
      const fresh = text(time.dateTime);
      if (time.textContent !== fresh) time.textContent = fresh;
    }
  };
  refresh(document);
  setInterval(() => { if (!document.hidden) refresh(document); }, 30000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(document); });
  document.addEventListener("htmx:afterSwap", (event) => refresh(event.detail.target));
})();
