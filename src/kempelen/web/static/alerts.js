// Alerts: shows what a saved search has found, on whatever page of the site is open, and counts it in the title.
//
// One window of a browser listens for all: browsers open few connections to one server, and with one a window there
// would be none left to work by. It writes what it hears into a journal, which the others read; when it goes, the next
// listens.

import { whole } from "./seal.js";

const place = document.getElementById("alerts");
const title = document.title;
const shown = 3; // cards at a time; the rest is in the list that each links to
const remembered = 60_000; // milliseconds: who was away for longer looks at the list
const name = `alerts-of-${place.dataset.worker}`;
const shownUpTo = `${name}-told`;
const dollars = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "USD" });
let count = 0;

// Where windows cannot agree (plain HTTP), each keeps its own journal, and listens only while it is looked at.
const agreed = "locks" in navigator;
const storage = agreed ? localStorage : sessionStorage;

/** What was heard lately, in numbered entries, and up to which moment all is heard; null when that is too long ago. */
function journal() {
  const { moment = null, at = 0, last = 0, entries = [] } = JSON.parse(storage.getItem(name) ?? "{}");
  const oldest = Date.now() - remembered;
  return { moment: at > oldest ? moment : null, last, entries: entries.filter((entry) => entry.at > oldest) };
}

/** Writes an entry: the news that came before this moment. */
function note(moment, news) {
  const { last, entries } = journal();
  const at = Date.now();
  if (news.length) entries.push({ number: last + 1, at, news });
  storage.setItem(name, JSON.stringify({ moment, at, last: last + (news.length ? 1 : 0), entries }));
}

/** Shows the entries that this window has not shown yet; a new window begins with the next. */
function showNews() {
  const { moment, last, entries } = journal();
  const before = Math.min(last, sessionStorage.getItem(shownUpTo) ?? last);
  for (const { number, news } of entries) if (number > before) news.forEach(announce);
  sessionStorage.setItem(shownUpTo, last);
  if (moment !== null) place.dataset.heard = moment;
}

/** Listens until it is stopped, from where this page or the journal has heard. */
function listen(stopping) {
  const since = journal().moment ?? place.dataset.heard;
  const events = new EventSource(`/searches/events${since === undefined ? "" : `?since=${since}`}`);
  let news = [];
  events.addEventListener("news", ({ data }) => news.push(JSON.parse(data)));
  events.addEventListener("here", ({ data }) => {
    note(Number(data), news);
    alertWorker(news);
    news = [];
    showNews();
  });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => stopping.aborted || start(), remembered); // refused
  });
  return new Promise((end) => {
    stopping.addEventListener("abort", () => {
      events.close();
      end();
    });
  });
}

let turn = new AbortController();

function stop() {
  turn.abort();
}

function start() {
  stop();
  turn = new AbortController();
  const { signal } = turn;
  if (agreed)
    navigator.locks.request(name, { signal }, () => listen(signal)).catch(() => {}); // stopped while it waited
  else if (!document.hidden) listen(signal);
}

addEventListener("storage", ({ key }) => {
  if (key === name) showNews();
});
addEventListener("pagehide", stop);
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) start();
});
document.addEventListener("freeze", stop); // browsers put windows to sleep that nobody looks at
document.addEventListener("resume", start);
if (!agreed) document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
showNews();
start();

function announce({ search, query, groups }) {
  for (const group of groups.slice(0, shown)) show(search, query, group);
  count += groups.length;
  document.title = `(${count}) ${title}`;
}

function show(search, query, group) {
  const card = document.createElement("article");
  const close = Object.assign(document.createElement("button"), {
    type: "button",
    className: "quiet",
    textContent: "×",
  });
  close.setAttribute("aria-label", place.dataset.close);
  close.addEventListener("click", () => card.remove());
  card.append(
    line("p", link(search, `/projects?${query}`)),
    line("h2", link(group.title, group.project_tasks_url)),
    line("p", `${dollars.format(group.amount_in_dollars)} · ${group.requester_name}`),
  );
  if (place.dataset.accept && group.caller_meets_requirements) card.append(acceptForm(group));
  card.append(close);
  place.prepend(card);
  while (place.children.length > shown) place.lastElementChild.remove();
}

/** The form that accepts a HIT of a group; clicked twice, it asks for the same one. */
function acceptForm(group) {
  const form = Object.assign(document.createElement("form"), {
    method: "post",
    action: `${group.project_tasks_url}/accept_random`,
  });
  const fields = {
    [place.dataset.csrfField]: whole(document.querySelector("meta[name=csrf-token]")),
    request_token: [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(36)).join("-"),
  };
  for (const [field, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: field, value }));
  }
  const button = Object.assign(document.createElement("button"), { textContent: place.dataset.accept });
  button.setAttribute("aria-label", `${place.dataset.accept}: ${group.title}`);
  form.append(button);
  return form;
}

/** Plays the sound and shows the notification of news, in the one window that listens. */
function alertWorker(news) {
  const groups = news.flatMap((each) => each.groups);
  if (!groups.length) return;
  if ("sound" in place.dataset) playSound();
  if ("notification" in place.dataset) groups.slice(0, shown).forEach(notify);
}

/** Two short notes. Browsers play them once the Worker has clicked or typed in this window. */
function playSound() {
  const audio = new AudioContext();
  for (const [index, frequency] of [880, 1175].entries()) {
    const [tone, volume] = [new OscillatorNode(audio, { frequency }), new GainNode(audio, { gain: 0 })];
    const from = audio.currentTime + index * 0.18;
    volume.gain.setValueAtTime(0.15, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.3);
    if (index) tone.addEventListener("ended", () => audio.close());
  }
}

function notify(group) {
  if (globalThis.Notification?.permission !== "granted") return;
  const text = `${dollars.format(group.amount_in_dollars)} · ${group.requester_name}`;
  const notification = new Notification(group.title, { body: text, tag: group.hit_set_id });
  notification.addEventListener("click", () => {
    window.focus();
    location.assign(group.project_tasks_url);
  });
}

function line(tag, content) {
  const made = document.createElement(tag);
  made.append(content);
  return made;
}

function link(text, href) {
  return Object.assign(document.createElement("a"), { href, textContent: text });
}
