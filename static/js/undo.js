// Counts down how long something can be taken back, and takes the button away when it can't any more.
(() => {
  const look = (root) => {
    for (const form of root.querySelectorAll("form[data-undo]:not([data-counting])")) {
      form.dataset.counting = "";
      const until = Date.now() + 1000 * form.dataset.undo;
      const left = form.querySelector("[data-undo-left]");
      const count = () => {
        const seconds = Math.ceil((until - Date.now()) / 1000);
        if (seconds <= 0 || !form.isConnected) { clearInterval(timer); form.remove(); return; }
        left.textContent = ` ${seconds}`;
      };
      const timer = setInterval(count, 500);
      count();
    }
  };
  look(document);
  document.addEventListener("htmx:load", (event) => look(event.target));
})();
