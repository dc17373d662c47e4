// Work: takes the answer that our page in the task's frame hands over, and submits it once, as the Worker.
//
// A message counts only when it comes from the frame itself, from the origin where only our page answers, and is about
// this page's own assignment. Whatever the task says, it can submit nothing but its own answer here.

const frame = document.getElementById("task");
const form = document.getElementById("answer");
const problem = document.getElementById("work-problem");
let sending = false;
let kept = null; // the answer, while it is not yet handed in

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== frame.dataset.answersFrom) return;
  const answer = read(event.data);
  if (answer && answer.assignmentId === form.dataset.assignment) submit(answer.pairs);
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

/** Send the answer, once; if that fails keep it here, say so, and offer to try again. */
async function submit(pairs) {
  if (sending) return;
  sending = true;
  kept = pairs;
  tell(null);
  try {
    const ours = [...new FormData(form)]; // our own fields first, so that a task may use their names
    const response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams([...ours, ...pairs]),
    });
    const said = await response.json();
    if (response.ok) {
      kept = null;
      location.assign(said.next_url);
      return; // still sending: a second message finds nothing left to do
    }
    if (response.status === 401) tell(`You are signed out. Sign in in another window, then try again.`, true);
    else if (response.status === 403) tell(said.message, true);
    else tell(said.message, response.status >= 500);
  } catch {
    tell("Your answer could not be sent: there is no connection. It is kept on this page; try again.", true);
  }
  sending = false;
}

function tell(text, again = false) {
  problem.hidden = !text;
  if (!text) return;
  problem.querySelector("p").textContent = text;
  problem.querySelector("button").hidden = !again;
  problem.scrollIntoView({ block: "nearest" });
}

problem.querySelector("button").addEventListener("click", async () => {
  await renewToken();
  if (kept) submit(kept);
});

/** After signing in again this page's form needs the new session's token. */
async function renewToken() {
  try {
    const page = await (await fetch(location.href, { headers: { Accept: "text/html" } })).text();
    const token = new DOMParser().parseFromString(page, "text/html").querySelector("meta[name=csrf-token]");
    for (const field of document.querySelectorAll("input[name=authenticity_token]")) field.value = token.content;
  } catch {
    // Not reachable yet: the try itself will say so.
  }
}

addEventListener("beforeunload", (event) => {
  if (kept && !sending) event.preventDefault();
});

document.getElementById("auto-accept")?.addEventListener("change", async (event) => {
  const box = event.target;
  const body = new URLSearchParams(new FormData(box.form));
  try {
    const response = await fetch(box.form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    if (!response.ok) throw new Error();
  } catch {
    box.checked = !box.checked;
    tell("Your choice could not be saved. Try again.");
  }
});

const told = document.getElementById("time-told");
const marks = new Map([[300, "5 minutes are left."], [60, "One minute is left."]]);
let before = Infinity;

addEventListener("left", ({ detail: seconds }) => {
  for (const [mark, text] of marks) if (before > mark && seconds <= mark && before !== Infinity) told.textContent = text;
  if (seconds === 0) document.getElementById("time-over").hidden = false;
  before = seconds;
});
