// "@" in a note offers the people of one's house: arrows, Enter or Tab choose, Escape leaves it.
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
  const typed = () => /(?:^|\s)@([^@\n]{0,40})$/.exec(area.value.slice(0, area.selectionStart));
  const internal = () => form.querySelector("input[name=kind][value=internal]:checked");
  const close = () => { list.hidden = true; area.removeAttribute("aria-activedescendant"); };
  const draw = () => {
    const match = internal() && typed();
    const start = match ? match[1].toLowerCase() : null;
    found = start === null ? [] : people.filter((name) => name.toLowerCase().split(/\s+/).concat(name.toLowerCase()).some((part) => part.startsWith(start))).slice(0, 8);
    if (!found.length) { close(); return; }
    chosen = Math.min(chosen, found.length - 1);
    list.replaceChildren(...found.map((name, place) => {
      const row = Object.assign(document.createElement("li"), { id: `mention-${place}`, textContent: name });
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(place === chosen));
      row.addEventListener("mousedown", (event) => { event.preventDefault(); put(name); });
      return row;
    }));
    list.hidden = false;
    area.setAttribute("aria-activedescendant", `mention-${chosen}`);
  };
  const put = (name) => {
    const match = typed();
    if (match) area.setRangeText(`${name} `, area.selectionStart - match[1].length, area.selectionStart, "end");
    close();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  area.addEventListener("input", () => { chosen = 0; draw(); });
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
