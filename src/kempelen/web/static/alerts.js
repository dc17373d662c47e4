// Alerts: shows what a saved search has found, on whatever page of the site is open, and counts it in the title.

const place = document.getElementById("alerts");
const title = document.title;
const shown = 3; // cards at a time; the rest is in the list that each links to
let count = 0;

// The page before has heard up to a moment; this one goes on from there, so that nothing is missed on the way.
const remembered = 60_000; // milliseconds: who was away for longer looks at the list
const { moment, at } = JSON.parse(sessionStorage.getItem("alerts") ?? "{}");
const since = Date.now() - at < remembered ? `?since=${moment}` : "";

const events = new EventSource(`/searches/events${since}`);
events.addEventListener("here", ({ data }) => {
  sessionStorage.setItem("alerts", JSON.stringify({ moment: data, at: Date.now() }));
  place.dataset.heard = data;
});
events.addEventListener("news", ({ data }) => {
  const { search, query, groups } = JSON.parse(data);
  for (const group of groups.slice(0, shown)) show(search, query, group);
  count += groups.length;
  document.title = `(${count}) ${title}`;
});

function show(search, query, group) {
  const card = document.createElement("article");
  const dollars = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "USD" });
  const close = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "×" });
  close.setAttribute("aria-label", place.dataset.close);
  close.addEventListener("click", () => card.remove());
  card.append(
    line("p", link(search, `/projects?${query}`)),
    line("h2", link(group.title, group.project_tasks_url)),
    line("p", `${dollars.format(group.amount_in_dollars)} · ${group.requester_name}`),
    close,
  );
  place.prepend(card);
  while (place.children.length > shown) place.lastElementChild.remove();
}

function line(tag, content) {
  const made = document.createElement(tag);
  made.append(content);
  return made;
}

function link(text, href) {
  return Object.assign(document.createElement("a"), { href, textContent: text });
}
