// What the composer offers while one types: "@" in a note the people of one's house, and what others add to a "suggest" event ("/": canned
// replies). Arrows choose, Enter or Tab take, Escape leaves it. Each that is found has its words and what it does to be taken.
(() => {
  const form = document.querySelector("form[data-people]");
  const area = form?.querySelector("textarea");
  if (!area) return;
  const people = form.dataset.people.split("\n").filter(Boolean);
  const list = Object.assign(document.createElement("ul"), { className: "mentions", id: "mentions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.peopleLabel);
  area.after(list);
  let chosen = 0;
  let found = [];
  const named = (before) => {
    const match = form.querySelector("input[name=kind][value=internal]:checked") && /(?:^|\s)@([^@\n]{0,40})$/.exec(before);
    if (!match) return [];
    const start = match[1].toLowerCase();
    const fits = (name) => name.toLowerCase().split(/\s+/).concat(name.toLowerCase()).some((part) => part.startsWith(start));
    return people.filter(fits).map((name) => ({ words: name, take: () => area.setRangeText(`${name} `, area.selectionStart - match[1].length, area.selectionStart, "end") }));
  };
  const close = () => { list.hidden = true; area.removeAttribute("aria-activedescendant"); };
  const draw = () => {
    const before = area.value.slice(0, area.selectionStart);
    const asked = new CustomEvent("suggest", { detail: { before, found: named(before) } });
    area.dispatchEvent(asked);
    found = asked.detail.found.slice(0, 8);
    if (!found.length) { close(); return; }
    chosen = Math.min(chosen, found.length - 1);
    list.replaceChildren(...found.map((one, place) => {
      const row = Object.assign(document.createElement("li"), { id: `mention-${place}`, textContent: one.words });
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(place === chosen));
      row.addEventListener("mousedown", (event) => { event.preventDefault(); put(one); });
      return row;
    }));
    list.hidden = false;
    area.setAttribute("aria-activedescendant", `mention-${chosen}`);
  };
  const put = (one) => {
    one.take();
    close();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  area.addEventListener("input", () => { chosen = 0; draw(); });
  area.addEventListener("suggested", draw); // what was asked for has come
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") chosen = (chosen + 1) % found.length;
    else if (event.key === "ArrowUp") chosen = (chosen + found.length - 1) % found.length;
    else if ((event.key === "Enter" && !event.ctrlKey) || event.key === "Tab") { put(found[chosen]); event.preventDefault(); return; }
    else if (event.key === "Escape") { close(); event.preventDefault(); return; }
    else return;
    event.preventDefault();
    draw();
  });
})();
