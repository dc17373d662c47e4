// Alert choices: asks the browser's permission when the Worker ticks desktop notifications, and only then.

const form = document.getElementById("alert-choices");
const box = form.elements.notification;
const refused = document.getElementById("notification-refused");

box.addEventListener("change", async () => {
  refused.hidden = true;
  if (!box.checked) return;
  const permission = globalThis.Notification ? await Notification.requestPermission() : "denied";
  if (permission === "granted") return;
  box.checked = false;
  refused.hidden = false;
});
