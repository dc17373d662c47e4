// Once: a form that asks for one thing is sent once, however often it is clicked while the answer is on its way. The
// site knows it by its request token as well, and answers the same again.
//
// With Ctrl, Shift or Cmd the answer opens in another window and this page stays: a moment later a click means another
// one, by a new token. So it does when the Worker comes back to this page.

for (const form of document.querySelectorAll("form[data-once]")) {
  let stays = false;
  form.addEventListener(
    "click",
    (event) => {
      stays = event.ctrlKey || event.shiftKey || event.metaKey;
    },
    { capture: true },
  );
  form.addEventListener("submit", (event) => {
    if (form.dataset.once) return event.preventDefault();
    form.dataset.once = "sent";
    setTimeout(() => {
      form.dataset.once = "";
      if (stays) renew(form);
    }, 1000);
  });
}

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) document.querySelectorAll("form[data-once]").forEach(renew);
});

function renew(form) {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  form.elements.request_token.value = [...bytes].map((byte) => byte.toString(36)).join("-");
}
