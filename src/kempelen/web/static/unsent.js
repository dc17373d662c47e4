// Unsent: sends what an earlier page could not, and says so.

import { freshToken, send, unsent } from "./answers.js";

const note = document.getElementById("unsent");
const { worker, sent, waiting } = note.dataset;

async function sendAll() {
  const answers = await unsent(worker);
  if (!answers.length) return;
  const token = await freshToken().catch(() => "");
  let still = 0;
  let done = 0;
  const refusals = [];
  for (const answer of answers) {
    const outcome = await send(answer, token);
    if (outcome.done) done += 1;
    else if ([404, 413, 422].includes(outcome.status)) refusals.push(outcome.said.message);
    else still += 1;
  }
  const texts = [...(done ? [sent] : []), ...(still ? [waiting] : []), ...new Set(refusals)];
  note.textContent = texts.join(" ");
  note.hidden = !texts.length;
  if (still) setTimeout(sendAll, 15_000);
}

addEventListener("online", sendAll);
sendAll();
