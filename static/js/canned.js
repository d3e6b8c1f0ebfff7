// The composer's list of canned replies: fetched when it is opened, narrowed while one types, put where the cursor is. A "/" and a piece of
// a title offers them where one writes (mentions.js shows what is found).
(() => {
  const menu = document.querySelector("details[data-canned-url]");
  const area = document.querySelector("#composer textarea");
  if (!menu || !area || !window.fetch) return;
  const place = menu.querySelector("[data-canned-place]");
  const filter = menu.querySelector("input[type=search]");
  const rows = () => [...place.querySelectorAll("[data-canned]")].filter((link) => !link.parentElement.hidden);
  menu.addEventListener("toggle", async () => {
    if (!menu.open) return;
    filter.value = "";
    filter.focus();
    await load();
  });
  const load = async () => {
    const answer = await fetch(menu.dataset.cannedUrl, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    if (answer.ok) place.innerHTML = await answer.text();
  };
  let asked = null;
  area.addEventListener("suggest", (event) => {
    const match = /(?:^|\s)(\/([^\s/]+))$/.exec(event.detail.before);
    if (!match) return;
    asked ??= load().then(() => area.dispatchEvent(new Event("suggested")), () => { asked = null; });
    const title = (link) => link.querySelector(".strong").textContent;
    for (const link of place.querySelectorAll("[data-canned]")) {
      if (!title(link).toLowerCase().includes(match[2].toLowerCase())) continue;
      const take = () => { area.setSelectionRange(area.selectionStart - match[1].length, area.selectionStart); put(link); };
      event.detail.found.push({ words: title(link), take });
    }
  });
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const link of place.querySelectorAll("[data-canned]")) {
      const text = link.textContent.toLowerCase();
      link.parentElement.hidden = !words.every((word) => text.includes(word));
    }
  });
  const put = (link) => {
    area.setRangeText(link.dataset.text, area.selectionStart, area.selectionEnd, "end");
    area.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "canned", value: link.dataset.canned }));
    menu.open = false;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  };
  menu.addEventListener("click", (event) => {
    const link = event.target.closest("[data-canned]");
    if (link) { event.preventDefault(); put(link); }
  });
  menu.addEventListener("keydown", (event) => {
    const found = rows();
    const at = found.indexOf(document.activeElement);
    if (event.key === "ArrowDown") found[Math.min(at + 1, found.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? found[at - 1] : filter).focus();
    else if (event.key === "Enter" && document.activeElement === filter) { if (found[0]) put(found[0]); }
    else return;
    event.preventDefault();
  });
})();
