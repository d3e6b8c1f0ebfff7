// The CSRF token goes with each request of htmx; its settings are in the page's htmx-config meta tag.
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.content;
});

// What was unfolded before htmx listened (a quick hand, a slow line) says so again, so that its content comes.
document.addEventListener("htmx:load", (event) => {
  for (const fold of event.target.querySelectorAll("details[open]:has([hx-trigger*='toggle'])")) fold.dispatchEvent(new Event("toggle"));
});
