// form[data-passkey]: the browser makes or shows a passkey, which goes into the form's hidden field before it is sent.
// data-passkey: "create" or "get"; data-options: what the server asks for, or data-options-url: where it says so.
(() => {
  const known = (host) => !/^[\d.]+$|:/.test(host); // a passkey belongs to a name, never to a number
  const usable = Boolean(window.webauthnJSON?.supported()) && known(location.hostname);

  const options = async (form) => {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`options: ${answer.status}`);
    return (await answer.json()).request_options;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("[type=submit]");
    const trouble = form.querySelector("[data-passkey-trouble]");
    form.querySelector("[data-passkey-unusable]").hidden = usable;
    button.disabled = !usable;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      trouble.hidden = true;
      button.disabled = true;
      try {
        const credential = await window.webauthnJSON[form.dataset.passkey](await options(form));
        form.elements.credential.value = JSON.stringify(credential);
        form.submit();
      } catch {
        trouble.hidden = false;
        button.disabled = false;
        button.focus();
      }
    });
  }
})();
