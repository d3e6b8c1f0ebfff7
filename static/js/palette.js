// Ctrl-K: what the page can do ([data-hotkey]) and where one can go (asked of the server), in one list; arrows choose, Enter takes.
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog?.showModal || !window.fetch) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const none = dialog.querySelector("[role=status]");
  let options = [];
  let chosen = 0;
  let asked = 0;
  let timer = 0;
  const deeds = () => [...document.querySelectorAll("[data-hotkey]")]
    .filter((element) => !dialog.contains(element) && (element.closest("details.menu") || element.getClientRects().length))
    .map((element) => ({ words: element.dataset.hotkeyLabel || element.textContent.trim(), more: element.dataset.hotkey, element }));
  const point = (index) => {
    chosen = index;
    options.forEach(({ row }, place) => row.setAttribute("aria-selected", String(place === chosen)));
    if (!options.length) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", options[chosen].row.id);
    options[chosen].row.scrollIntoView({ block: "nearest" });
  };
  const go = ({ hit }) => {
    dialog.close();
    if (hit.url) { location.assign(hit.url); return; }
    hit.element.dispatchEvent(new Event("hotkey", { bubbles: true })); // as its key would
  };
  const draw = (groups) => {
    options = [];
    list.replaceChildren(...groups.filter((group) => group.hits.length).map((group, at) => {
      const part = document.createElement("div");
      const title = Object.assign(document.createElement("p"), { className: "menu-title", id: `palette-group-${at}`, textContent: group.title });
      part.setAttribute("role", "group");
      part.setAttribute("aria-labelledby", title.id);
      title.setAttribute("role", "presentation");
      part.append(title, ...group.hits.map((hit) => {
        const row = Object.assign(document.createElement("div"), { id: `palette-${options.length}`, className: "palette-hit" });
        const words = Object.assign(document.createElement("span"), { textContent: hit.words });
        const more = Object.assign(document.createElement("span"), { className: "muted", textContent: hit.more });
        row.setAttribute("role", "option");
        row.append(words, more);
        const option = { row, hit };
        row.addEventListener("click", (event) => { event.stopPropagation(); go(option); }); // else the menu that it opens would be left at once
        options.push(option);
        return row;
      }));
      return part;
    }));
    none.hidden = options.length > 0;
    point(0);
  };
  const here = () => {
    const typed = input.value.trim().toLowerCase();
    return { title: dialog.dataset.here, hits: deeds().filter((deed) => deed.words.toLowerCase().includes(typed)) };
  };
  const ask = async () => {
    const turn = ++asked;
    try {
      const address = `${dialog.dataset.url}?${new URLSearchParams({ q: input.value })}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error" });
      if (answer.ok && turn === asked) draw([...(await answer.json()).groups, here()]);
    } catch { if (turn === asked) draw([here()]); }
  };
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) { dialog.close(); return; }
    if (document.querySelector("dialog[open]")) return;
    input.value = "";
    draw([here()]);
    dialog.showModal();
    input.focus();
    ask();
  });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) point((chosen + step + options.length) % options.length);
    else if (event.key === "Enter" && options[chosen]) go(options[chosen]);
    else return;
    event.preventDefault();
  });
})();
