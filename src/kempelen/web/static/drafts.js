// Drafts: keeps what is filled in in a task, for its own assignment, as long as this window is open; the script in the
// frame (stand-ins/drafts.js) tells it and asks for it after a reload.

const MOST = 500_000; // characters

const frame = document.getElementById("task");
const { assignment, worker } = document.getElementById("answer").dataset;
const place = `draft-${worker}-${assignment}`;

let over = false;

addEventListener("message", ({ source, origin, data }) => {
  const { answersFrom } = frame.dataset;
  if (source !== frame.contentWindow || origin !== answersFrom || data?.assignmentId !== assignment) return;
  if (data.asks === "draft") {
    source.postMessage({ draft: JSON.parse(sessionStorage.getItem(place) ?? "{}") }, origin === "null" ? "*" : origin);
  } else if (data.draft && !over) keep(JSON.stringify(data.draft));
});

function keep(draft) {
  if (draft.length > MOST) return;
  try {
    sessionStorage.setItem(place, draft);
  } catch {
    // there is no room; the task itself still has it
  }
}

/** The answer was taken: nothing is half done any more. */
export function forgetDraft() {
  over = true;
  sessionStorage.removeItem(place);
}
