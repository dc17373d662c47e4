// Unsent: sends what an earlier page could not, and says so.

import { send, unsent, whoIsHere } from "./answers.js";

const note = document.getElementById("unsent");
const { worker, sent, waiting, foreign } = note.dataset;

async function sendAll() {
  const answers = await unsent(worker);
  if (!answers.length) return;
  const here = await whoIsHere();
  let again = false;
  const texts = new Set();
  for (const answer of answers) {
    const { became, said } = answer.unfit || !here ? { became: answer.unfit ? "unfit" : "unreached" } : await send(answer, here);
    again ||= !["taken", "over", "unfit"].includes(became);
    if (became === "taken") texts.add(sent);
    else if (became === "foreign") texts.add(foreign);
    else if (became === "over") texts.add(said.message);
    else texts.add(became === "unfit" ? answer.unfit ?? said.message : waiting);
  }
  note.textContent = [...texts].join(" ");
  note.hidden = false;
  if (again) setTimeout(sendAll, 15_000);
}

addEventListener("online", sendAll);
sendAll();
