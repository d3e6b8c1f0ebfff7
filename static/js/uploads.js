// Files in pieces: the file inputs of form[data-upload-url][data-upload-name], with templates/_upload_item.html on the page. A broken connection costs what
// was under way; a file that is chosen again goes on where it stopped. Without this script the form sends the files as they are.
// data-upload-rules (interfaces.portal.upload_rules) says what is refused before it is uploaded, and what is asked about first.
(() => {
  const template = document.getElementById("upload-item");
  if (!template || !window.fetch) return;
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";
  const size = (bytes) => {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
    const step = Math.min(3, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
    return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: units[step], unitDisplay: "short", maximumFractionDigits: 1 }).format(bytes / 1024 ** step);
  };
  const DAYS = 8 * 24 * 3600 * 1000;  // longer than the server keeps what is not sent
  const memory = {  // which file has which key; the server says whether there is still such a file
    get: (name) => { try { return localStorage.getItem(name)?.split(" ")[0]; } catch { return null; } },
    set: (name, key) => { try { if (key) localStorage.setItem(name, `${key} ${Date.now()}`); else localStorage.removeItem(name); } catch { /* not kept */ } },
    tidy: () => {
      try {
        for (const name of Object.keys(localStorage)) {
          if (name.startsWith("upload:") && !(Number(localStorage.getItem(name).split(" ")[1]) > Date.now() - DAYS)) localStorage.removeItem(name);
        }
      } catch { /* nothing was kept */ }
    },
  };
  const SMALLEST = 64 * 1024;  // bytes
  const [QUICK, SLOW] = [2000, 8000];  // milliseconds that a piece takes on a line that carries more, or less

  const judged = (file, rules) => {
    if (!rules) return {};
    const name = file.name.toLowerCase().replace(/[. ]+$/, "");
    const said = (words, limit) => ({ refused: words.replace("{name}", file.name).replace("{limit}", Math.floor((limit || 0) / 2 ** 20)) });
    if (rules.refused.some((ending) => name.endsWith(ending))) return said(rules.words.program);
    const kind = rules.kinds.find(({ endings }) => endings.some((ending) => file.name.toLowerCase().endsWith(ending)));
    if (!kind && rules.others === null) return said(rules.words.kind);
    const limit = kind ? kind.max : rules.others;
    if (file.size > limit) return said(rules.words.large, limit);
    if (!file.size) return said(rules.words.empty);
    return kind ? {} : { caution: rules.words.caution };
  };

  class Upload {
    constructor(input, file) {
      Object.assign(this, { input, file, state: "waiting", tries: 0, length: 1024 * 1024 });
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
      const rules = input.form.dataset.uploadRules;
      const { refused, caution } = judged(file, rules && JSON.parse(rules));
      if (refused || caution) this.show(refused ? "refused" : "careful", refused || caution);
      else this.show("waiting");
    }

    get unsettled() { return !["whole", "refused", "changed"].includes(this.state); }

    show(state, words = "") {
      this.state = state;
      const said = this.item.querySelector(".upload-state");
      said.textContent = words || said.dataset[state] || "";
      this.item.dataset.state = state;
      this.item.querySelector("[data-upload-pause]").hidden = !["waiting", "sending", "broken"].includes(state);
      this.item.querySelector("[data-upload-go]").hidden = !["paused", "ended", "failed", "broken", "careful"].includes(state);
      this.item.querySelector("progress").hidden = ["whole", "refused", "changed", "careful"].includes(state);
      this.input.dispatchEvent(new CustomEvent("upload:changed", { detail: state }));
    }

    async ask(path, options) {
      const answer = await fetch(path, { credentials: "same-origin", redirect: "manual", ...options, headers: { "X-CSRFToken": token(), Accept: "application/json", ...options.headers } });
      if (answer.type === "opaqueredirect" || answer.status === 403) throw new Error("ended");
      if (answer.status >= 500 && answer.status !== 507) throw new TypeError("server");
      return answer;
    }

    // What the server has of the file; null where it does not take it.
    async standing() {
      const known = this.key || memory.get(this.name);
      if (known) {
        const answer = await this.ask(`${this.url}${known}/`, { method: "GET" });
        if (answer.ok) return answer.json();
      }
      const body = new URLSearchParams({ name: this.file.name, size: this.file.size });
      const answer = await this.ask(this.url, { method: "POST", body });
      if (!answer.ok) return this.declined(answer);
      const found = await answer.json();
      memory.set(this.name, found.key);
      return found;
    }

    async declined(answer) {
      const { message } = await answer.json().catch(() => ({}));
      this.show(answer.status === 422 ? "refused" : "failed", message);  // a disk that is full may have room later
      return null;
    }

    async send() {
      if (!this.unsettled) return;
      this.show("sending");
      if (this.busy) return;
      this.busy = true;
      try {
        let standing = await this.standing();
        while (standing && !standing.whole && this.state === "sending") standing = await this.sendPiece(standing);
        if (standing) this.key = standing.key;
        if (standing?.whole && this.item.isConnected) this.finish(standing);
      } catch (failure) {
        if (this.state === "sending") this.rest(failure);
      } finally {
        this.busy = false;
      }
    }

    // Pieces grow and shrink with what the line carries in some seconds.
    async sendPiece(standing) {
      this.key = standing.key;
      this.progress(standing);
      const length = Math.min(this.length, standing.piece);
      const piece = await this.file.slice(standing.received, standing.received + length).arrayBuffer().catch(() => { throw new Error("changed"); });
      const begun = Date.now();
      const answer = await this.ask(`${this.url}${standing.key}/`, { method: "PATCH", body: piece, headers: { "Upload-Offset": standing.received, "Content-Type": "application/octet-stream" } });
      if (answer.status === 404) {  // forgotten meanwhile: from the beginning
        this.key = null;
        memory.set(this.name, null);
        return this.standing();
      }
      if (!answer.ok && answer.status !== 409) return this.declined(answer);
      const took = Date.now() - begun;
      if (took < QUICK) this.length = Math.min(2 * length, standing.piece);
      else if (took > SLOW) this.length = Math.max(length / 2, SMALLEST);
      this.tries = 0;
      return answer.json();
    }

    rest(failure) {
      if (["ended", "changed"].includes(failure.message)) return this.show(failure.message);
      if (!(failure instanceof TypeError)) return this.show("failed");
      this.show("broken");
      this.length = Math.max(this.length / 2, SMALLEST);
      this.tries += 1;
      setTimeout(() => { if (this.state === "broken") this.send(); }, Math.min(30, 2 ** this.tries) * 500);
    }

    progress({ received, caution }) {
      this.item.querySelector("progress").value = (100 * received) / this.file.size;
      this.item.querySelector(".upload-caution").textContent = caution;
    }

    finish(standing) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: this.input.form.dataset.uploadName, value: standing.key });
      this.item.append(field);
      this.progress(standing);
      this.show("whole");
    }

    remove() {
      this.state = "removed";
      memory.set(this.name, null);
      if (this.key) this.ask(`${this.url}${this.key}/`, { method: "DELETE" }).catch(() => { /* forgotten by itself in time */ });
      this.item.remove();
      this.input.dispatchEvent(new CustomEvent("upload:changed", { detail: "removed" }));
    }
  }

  const prepare = (input) => {
    const uploads = [];
    const list = Object.assign(document.createElement("ul"), { className: "uploads" });
    const waiting = document.getElementById("upload-wait").content.firstElementChild.cloneNode(true);
    input.after(list, waiting);
    let sending = null;
    const there = () => uploads.filter((upload) => upload.item.isConnected);
    const open = () => there().filter((upload) => upload.unsettled);
    const wait = (by) => { sending = by; waiting.hidden = !by; };
    input.addEventListener("change", () => {
      for (const file of input.files) {
        const upload = new Upload(input, file);
        if (there().some((other) => other.name === upload.name && other.state !== "changed")) continue;
        uploads.push(upload);
        list.append(upload.item);
        if (upload.state === "waiting") upload.send();  // what is not a known kind waits for a second look
      }
      input.value = "";
    });
    input.addEventListener("upload:changed", (event) => {
      if (!sending) return;
      if (["refused", "changed"].includes(event.detail)) wait(null);  // the sender decides whether it goes without
      else if (!open().length) { const { by } = sending; wait(null); input.form.requestSubmit(by); }
    });
    input.form?.addEventListener("submit", (event) => {
      if (!open().length) return;
      event.preventDefault();  // it is sent by itself when the files are there
      event.stopPropagation();
      wait({ by: event.submitter });
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
  memory.tidy();
  look(document);
  document.addEventListener("htmx:load", (event) => look(event.target));
})();
