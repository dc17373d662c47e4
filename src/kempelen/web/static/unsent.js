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
    const { became, said } = here ? await send(answer, here) : { became: "unreached" };
    const isDecided = ["over", "unfit"].includes(became);
    again ||= !isDecided && became !== "taken";
    texts.add(isDecided ? said.message : ({ taken: sent, foreign }[became] ?? waiting));
  }
  note.textContent = [...texts].join(" ");
  note.hidden = false;
  if (again) setTimeout(sendAll, 15_000);
}

addEventListener("online", sendAll);
sendAll();
