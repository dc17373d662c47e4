// In place of Amazon's crowd elements, which this version does not draw yet: says so instead of staying silent.

addEventListener("DOMContentLoaded", () => {
  const notice = document.createElement("p");
  notice.setAttribute("role", "alert");
  notice.style.cssText = "margin:1rem;padding:1rem;border:2px solid #9c2b22;background:#fae3dc;color:#1e2723;font:1rem/1.5 sans-serif";
  notice.textContent =
    "This task is built from Amazon's crowd elements, which this marketplace cannot show yet. Please return the HIT. " +
    "Its Requester can use plain HTML forms instead.";
  document.body.prepend(notice);
});
