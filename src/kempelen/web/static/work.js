// Work: takes the answer that our page in the task's frame hands over, and submits it once, as the Worker.
//
// A message counts only when it comes from the frame itself, from the origin where only our page answers, and is about
// this page's own assignment. Whatever the task says, it can submit nothing but its own answer here. A task that sends
// more messages than anybody can mean is not listened to for a while.

import "./flood.js";
import { find, keep, send, whoIsHere } from "./answers.js";
import { forgetDraft } from "./drafts.js";

const frame = document.getElementById("task");
const form = document.getElementById("answer");
const problem = document.getElementById("work-problem");
const kept = document.getElementById("kept-answer");
const left = document.getElementById("task-left");
const ANSWERS_WITHIN = 1_000; // milliseconds, a page of ours in the frame
const { assignment, worker } = form.dataset;
let here = { worker, token: form.elements.authenticity_token.value };
let sending = false;
let answer = null; // while it is not yet handed in
let stored = false;
let next; // the next try

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== frame.dataset.answersFrom) return;
  if (event.data?.isHere) return isThere();
  const message = read(event.data);
  if (!message) return;
  if (message.assignmentId !== assignment) return tellTask({ refused: form.dataset.another });
  tellTask({ taken: true });
  submit(message.pairs);
});

// A page that we serve answers when it is asked. When one has loaded that does not, the task has gone somewhere else.
let waiting;

function isThere() {
  clearTimeout(waiting);
  if (left) left.hidden = true;
}

if (left) {
  frame.addEventListener("load", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => (left.hidden = false), ANSWERS_WITHIN);
    tellTask({ asks: "isHere" });
  });
  left.querySelector("button").addEventListener("click", () => location.reload());
}

// So many messages leave no time for the page around: the task is taken out of its frame.
addEventListener("flood", () => {
  clearTimeout(waiting);
  frame.src = "about:blank";
  if (left) left.hidden = false;
  tell(form.dataset.flood);
});

/** Tell our script in the frame what became of its message. */
function tellTask(what) {
  const { answersFrom } = frame.dataset;
  frame.contentWindow.postMessage(what, answersFrom === "null" ? "*" : answersFrom);
}

/** The assignment and the fields in a message, or null when it is not one of ours. */
function read(data) {
  if (typeof data !== "string") return null;
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof message?.assignmentId !== "string") return null;
  const pairs = message.pairs ?? Object.entries(message.answer ?? {});
  const sound = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  return sound ? { assignmentId: message.assignmentId, pairs: pairs.map((pair) => pair.map(String)) } : null;
}

/** Keep the answer, then send it, once; while that fails say so, try again by itself, and offer to. */
async function submit(pairs) {
  if (sending) return;
  sending = true;
  clearTimeout(next);
  tell(null);
  answer = { assignment, worker, action: form.getAttribute("action"), pairs, at: Date.now() };
  stored = (await keep(answer)) !== undefined;
  let { became, said } = await send(answer, here);
  if (["foreign", "nobodys", "late"].includes(became)) {
    here = (await whoIsHere()) ?? here; // who is here may be new, or their token
    ({ became, said } = await send(answer, here));
  }
  if (became === "taken") {
    answer = null;
    forgetDraft();
    location.assign(said.next_url);
    return; // still sending: a second message finds nothing left to do
  }
  sending = false;
  if (became === "over" || became === "unfit") {
    if (became === "unfit") offer(answer);
    answer = null;
    tell(said.message);
    tellTask({ refused: said.message });
  } else tell(form.dataset[became] ?? said.message, true);
  if (became === "unreached") next = setTimeout(again, 10_000);
}

function again() {
  if (answer) submit(answer.pairs);
}

/** Show what was answered, for copying: the task may not hold it any more. */
function offer({ pairs }) {
  const list = kept.querySelector("dl");
  list.replaceChildren();
  for (const [name, value] of pairs) {
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    told.textContent = value;
    told.tabIndex = 0; // it may be long, and is scrolled by keys too
    list.append(term, told);
  }
  kept.hidden = false;
}

function tell(text, offersAgain = false) {
  problem.hidden = !text;
  if (!text) kept.hidden = true;
  if (!text) return;
  problem.querySelector("p").textContent = text;
  const actions = problem.querySelector(".actions");
  actions.hidden = actions.firstElementChild.hidden = !offersAgain;
  problem.scrollIntoView({ block: "nearest" });
}

problem.querySelector("button").addEventListener("click", again);
addEventListener("online", again);

// An answer that an earlier look at this page could not send goes first; the task below is then only a copy.
find(assignment).then((earlier) => {
  if (earlier?.worker !== worker || answer) return;
  if (!earlier.unfit) return submit(earlier.pairs);
  tell(earlier.unfit);
  offer(earlier);
});

addEventListener("beforeunload", (event) => {
  if (answer && !sending && !stored) event.preventDefault(); // only this page has it
});

// Back to this page after it was left: what it shows may be over, so it is asked for anew.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});

document.getElementById("auto-accept")?.addEventListener("change", async (event) => {
  const box = event.target;
  const body = new URLSearchParams(new FormData(box.form));
  carryOn(box.checked);
  try {
    const response = await fetch(box.form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    if (!response.ok) throw new Error();
  } catch {
    box.checked = !box.checked;
    carryOn(box.checked);
    tell(form.dataset.notSaved);
  }
});

/** Whatever this page's address said, the box says it from now on: for the submission, and for a reload. */
function carryOn(on) {
  const [here, submits] = [new URL(location.href), new URL(form.action)];
  for (const address of [here, submits]) {
    if (on) address.searchParams.set("auto_accept", "true");
    else address.searchParams.delete("auto_accept");
  }
  history.replaceState(history.state, "", here);
  form.setAttribute("action", submits.pathname + submits.search);
}

const told = document.getElementById("time-told");
const marks = [
  [300, told.dataset.fiveMinutes],
  [60, told.dataset.oneMinute],
];
let before = Infinity;

addEventListener("left", ({ detail: seconds }) => {
  for (const [mark, text] of marks)
    if (before > mark && seconds <= mark && before !== Infinity) told.textContent = text;
  if (seconds === 0) document.getElementById("time-over").hidden = false;
  before = seconds;
});
