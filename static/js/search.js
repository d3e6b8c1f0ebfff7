// Completes what is typed into input[data-complete-url]: arrows choose, Tab and Enter take, Escape leaves it.
(() => {
  const input = document.querySelector("input[data-complete-url]");
  if (!input || !window.fetch) return;
  const list = Object.assign(document.createElement("ul"), { className: "suggestions", id: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent || "");
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", "suggestions");
  input.setAttribute("aria-expanded", "false");
  let found = [];
  let chosen = -1;
  let timer = 0;
  let asked = 0;
  const close = () => { list.hidden = true; found = []; chosen = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const draw = () => {
    list.replaceChildren(...found.map((one, place) => {
      const row = Object.assign(document.createElement("li"), { id: `suggestion-${place}`, textContent: one.text });
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(place === chosen));
      row.addEventListener("mousedown", (event) => { event.preventDefault(); take(one); });
      return row;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (chosen >= 0) input.setAttribute("aria-activedescendant", `suggestion-${chosen}`); else input.removeAttribute("aria-activedescendant");
  };
  const take = (one) => {
    const open = /[:<>]$/.test(one.text);
    const place = (count) => [...input.value].slice(0, count).join("").length; // characters, as the server counts them
    input.setRangeText(one.text + (open ? "" : " "), place(one.start), place(one.end), "end");
    close();
    if (open) ask();
  };
  const ask = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const turn = ++asked;
      const words = new URLSearchParams({ q: input.value, caret: [...input.value.slice(0, input.selectionStart)].length });
      try {
        const answer = await fetch(`${input.dataset.completeUrl}?${words}`, { credentials: "same-origin", redirect: "error" });
        if (!answer.ok || turn !== asked || document.activeElement !== input) return;
        found = (await answer.json()).found;
        chosen = -1;
        draw();
      } catch { close(); }
    }, 120);
  };
  input.addEventListener("input", ask);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") chosen = (chosen + 1) % found.length;
    else if (event.key === "ArrowUp") chosen = (chosen + found.length - 1) % found.length;
    else if (event.key === "Tab" || (event.key === "Enter" && chosen >= 0)) { take(found[Math.max(chosen, 0)]); event.preventDefault(); return; }
    else if (event.key === "Escape") { close(); event.preventDefault(); return; }
    else return;
    event.preventDefault();
    draw();
  });
})();
