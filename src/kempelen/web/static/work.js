// Work: takes the answer that our page in the task's frame hands over, and submits it once, as the Worker.
//
// A message counts only when it comes from the frame itself, from the origin where only our page answers, and is about
// this page's own assignment. Whatever the task says, it can submit nothing but its own answer here.

import { find, freshToken, keep, send } from "./answers.js";

const frame = document.getElementById("task");
const form = document.getElementById("answer");
const problem = document.getElementById("work-problem");
let sending = false;
let answer = null; // while it is not yet handed in
let stored = false;

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== frame.dataset.answersFrom) return;
  const message = read(event.data);
  if (message && message.assignmentId === form.dataset.assignment) submit(message.pairs);
});

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
  tell(null);
  if (!answer || JSON.stringify(pairs) !== JSON.stringify(answer.pairs)) {
    const { assignment, worker } = form.dataset;
    answer = { assignment, worker, action: form.getAttribute("action"), pairs, at: Date.now() };
    stored = (await keep(answer)) !== undefined;
  }
  const { done, status, said } = await send(answer, form.elements.authenticity_token.value);
  if (done) {
    answer = null;
    location.assign(said.next_url);
    return; // still sending: a second message finds nothing left to do
  }
  sending = false;
  if (status === 0) {
    tell(form.dataset.noConnection, true);
    setTimeout(again, 10_000);
  } else if (status === 401) tell(form.dataset.signedOut, true);
  else if (status === 403 || status === 429 || status >= 500) tell(said.message, true);
  else {
    answer = null;
    tell(said.message);
  }
}

async function again() {
  if (!answer || sending) return;
  form.elements.authenticity_token.value = (await freshToken().catch(() => "")) || form.elements.authenticity_token.value;
  if (answer) submit(answer.pairs);
}

function tell(text, offersAgain = false) {
  problem.hidden = !text;
  if (!text) return;
  problem.querySelector("p").textContent = text;
  problem.querySelector("button").hidden = !offersAgain;
  problem.scrollIntoView({ block: "nearest" });
}

problem.querySelector("button").addEventListener("click", again);
addEventListener("online", again);

// An answer that an earlier look at this page could not send goes first; the task below is then only a copy.
find(form.dataset.assignment).then((earlier) => {
  if (!earlier || earlier.worker !== form.dataset.worker || answer) return;
  answer = earlier;
  submit(earlier.pairs);
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
  try {
    const response = await fetch(box.form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    if (!response.ok) throw new Error();
  } catch {
    box.checked = !box.checked;
    tell(form.dataset.notSaved);
  }
});

const told = document.getElementById("time-told");
const marks = [[300, told.dataset.fiveMinutes], [60, told.dataset.oneMinute]];
let before = Infinity;

addEventListener("left", ({ detail: seconds }) => {
  for (const [mark, text] of marks) if (before > mark && seconds <= mark && before !== Infinity) told.textContent = text;
  if (seconds === 0) document.getElementById("time-over").hidden = false;
  before = seconds;
});
