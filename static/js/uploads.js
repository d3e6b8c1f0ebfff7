// Files in pieces: the file inputs of form[data-upload-url][data-upload-name], with a <template id="upload-item"> on the page. A broken connection costs one
// piece; a file that is chosen again goes on where it stopped. Without this script the form sends the files as they are.
(() => {
  const template = document.getElementById("upload-item");
  if (!template || !window.fetch) return;
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";
  const size = (bytes) => {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
    const step = Math.min(3, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
    return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: units[step], unitDisplay: "short", maximumFractionDigits: 1 }).format(bytes / 1024 ** step);
  };
  const memory = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, key) => { try { if (key) localStorage.setItem(name, key); else localStorage.removeItem(name); } catch { /* not kept */ } },
  };

  class Upload {
    constructor(input, file) {
      Object.assign(this, { input, file, state: "waiting", tries: 0 });
      this.url = input.form.dataset.uploadUrl;
      this.name = `upload:${this.url}:${file.name}:${file.size}:${file.lastModified}`;
      this.item = template.content.firstElementChild.cloneNode(true);
      this.item.querySelector(".upload-name").textContent = file.name;
      this.item.querySelector(".upload-size").textContent = size(file.size);
      this.item.addEventListener("click", (event) => {
        if (event.target.closest("[data-upload-pause]")) this.show("paused");
        if (event.target.closest("[data-upload-go]")) { this.tries = 0; this.send(); }
        if (event.target.closest("[data-upload-remove]")) this.remove();
      });
      this.show("waiting");
    }

    get unsettled() { return !["whole", "refused"].includes(this.state); }

    show(state, words = "") {
      this.state = state;
      const said = this.item.querySelector(".upload-state");
      said.textContent = words || said.dataset[state] || "";
      this.item.dataset.state = state;
      this.item.querySelector("[data-upload-pause]").hidden = !["waiting", "sending", "broken"].includes(state);
      this.item.querySelector("[data-upload-go]").hidden = !["paused", "ended", "failed", "broken"].includes(state);
      this.item.querySelector("progress").hidden = ["whole", "refused"].includes(state);
      this.input.dispatchEvent(new Event("upload:changed"));
    }

    async ask(path, options) {
      const answer = await fetch(path, { credentials: "same-origin", redirect: "manual", ...options, headers: { "X-CSRFToken": token(), Accept: "application/json", ...options.headers } });
      if (answer.type === "opaqueredirect" || answer.status === 403) throw new Error("ended");
      if (answer.status >= 500) throw new TypeError("server");
      return answer;
    }

    async standing() {
      const known = this.key || memory.get(this.name);
      if (known) {
        const answer = await this.ask(`${this.url}${known}/`, { method: "GET" });
        if (answer.ok) return answer.json();
      }
      const body = new URLSearchParams({ name: this.file.name, size: this.file.size });
      const answer = await this.ask(this.url, { method: "POST", body });
      const found = await answer.json();
      if (!answer.ok) { this.show("refused", found.message); return null; }
      memory.set(this.name, found.key);
      return found;
    }

    async send() {
      if (this.busy || !this.unsettled) return;
      this.busy = true;
      this.show("sending");
      try {
        let standing = await this.standing();
        while (standing && !standing.whole && this.state === "sending") {
          this.key = standing.key;
          this.progress(standing);
          const piece = this.file.slice(standing.received, standing.received + standing.piece);
          const answer = await this.ask(`${this.url}${standing.key}/`, { method: "PATCH", body: piece, headers: { "Upload-Offset": standing.received, "Content-Type": "application/octet-stream" } });
          if (answer.ok) { this.tries = 0; standing = await answer.json(); }
          else if (answer.status === 409) standing = { ...standing, ...(await answer.json()) };
          else { this.show("refused", (await answer.json().catch(() => ({}))).message); standing = null; }
        }
        if (standing) this.key = standing.key;
        if (standing?.whole && this.item.isConnected) this.finish(standing);
      } catch (failure) {
        if (this.state === "sending") this.rest(failure);
      } finally {
        this.busy = false;
      }
    }

    rest(failure) {
      if (failure.message === "ended") return this.show("ended");
      if (!(failure instanceof TypeError)) return this.show("failed");
      this.show("broken");
      this.tries += 1;
      setTimeout(() => { if (this.state === "broken") this.send(); }, Math.min(30, 2 ** this.tries) * 500);
    }

    progress({ received }) { this.item.querySelector("progress").value = (100 * received) / this.file.size; }

    finish(standing) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: this.input.form.dataset.uploadName, value: standing.key });
      this.item.append(field);
      memory.set(this.name, null);
      this.show("whole");
    }

    remove() {
      this.state = "removed";
      memory.set(this.name, null);
      if (this.key) this.ask(`${this.url}${this.key}/`, { method: "DELETE" }).catch(() => { /* forgotten by itself in time */ });
      this.item.remove();
      this.input.dispatchEvent(new Event("upload:changed"));
    }
  }

  const prepare = (input) => {
    const uploads = [];
    const list = Object.assign(document.createElement("ul"), { className: "uploads" });
    input.after(list);
    let sending = null;
    const open = () => uploads.filter((upload) => upload.item.isConnected && upload.unsettled);
    input.addEventListener("change", () => {
      for (const file of input.files) {
        const upload = new Upload(input, file);
        uploads.push(upload);
        list.append(upload.item);
        upload.send();
      }
      input.value = "";
    });
    input.addEventListener("upload:changed", () => {
      if (sending && !open().length) { const form = input.form; const by = sending.by; sending = null; form.requestSubmit(by); }
    });
    input.form?.addEventListener("submit", (event) => {
      if (!open().length) return;
      event.preventDefault();  // it is sent by itself when the files are there
      event.stopPropagation();
      sending = { by: event.submitter };
      for (const upload of open()) if (upload.state !== "sending") upload.send();
    }, true);
    window.addEventListener("online", () => { for (const upload of open()) if (upload.state === "broken") upload.send(); });
    window.addEventListener("beforeunload", (event) => { if (open().some((upload) => upload.state === "sending")) event.preventDefault(); });
  };
  const prepared = new WeakSet();
  const look = (root) => {
    for (const input of root.querySelectorAll("form[data-upload-url] input[type=file]")) {
      if (!prepared.has(input)) { prepared.add(input); prepare(input); }
    }
  };
  look(document);
  document.addEventListener("htmx:load", (event) => look(event.target));
})();
