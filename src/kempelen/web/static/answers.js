// Answers: keeps an answer in this browser from the moment a task hands it over until the site has taken it.
//
// So it outlives a reload, a closed window, a lost connection and a restart of the server. It is sent as the Worker it
// belongs to and nobody else. Sending it twice is safe: the site takes an answer once.

import { whole } from "./seal.js";

const MONTH = 30 * 86_400_000; // milliseconds

const opened = new Promise((resolve) => {
  const request = indexedDB.open("answers", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("answer", { keyPath: "assignment" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => resolve(null); // no storage, as in some private windows: the page itself still keeps it
});

async function ask(mode, act) {
  const database = await opened;
  if (!database) return undefined;
  return new Promise((resolve) => {
    const request = act(database.transaction("answer", mode).objectStore("answer"));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(undefined);
  });
}

/** Keep `{ assignment, worker, action, pairs, at }` in place of what is kept for that assignment already. */
export const keep = (answer) => ask("readwrite", (store) => store.put(answer));
export const forget = (assignment) => ask("readwrite", (store) => store.delete(assignment));
export const find = (assignment) => ask("readonly", (store) => store.get(assignment));

/** A Worker's answers that are still to be sent. Those that must be changed first wait at their work, for a month. */
export async function unsent(worker) {
  const answers = ((await ask("readonly", (store) => store.getAll())) ?? []).filter(
    (answer) => answer.worker === worker,
  );
  for (const { assignment, unfit, at } of answers) if (unfit && at < Date.now() - MONTH) await forget(assignment);
  return answers.filter(({ unfit }) => !unfit);
}

/**
 * Send an answer as who is `here`; `{ became, said }`, with what the site said. It became
 *
 * - `taken`, or `over`: the site has decided on it for good, and it is forgotten;
 * - `unfit`: it is refused as it is, too large for instance. It stays, with the refusal, for its Worker to change;
 * - `unreached`: there is no connection; `foreign`: another Worker is here; `nobodys`: nobody is; `late`: the token is
 *   too old, or the site is at fault. It stays as it is.
 *
 * Sent it is only with a token of its own Worker: another's would be told that there is no such work.
 */
export async function send(answer, here) {
  if (here.worker !== answer.worker) return { became: here.worker ? "foreign" : "nobodys", said: null };
  const ours = [
    ["authenticity_token", here.token],
    ["assignment_id", answer.assignment],
  ]; // first: a task may use these names
  let response;
  let said;
  try {
    response = await fetch(answer.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams([...ours, ...answer.pairs]),
    });
    said = await response.json();
  } catch {
    return { became: "unreached", said: null };
  }
  const became = outcome(response, said);
  if (became === "taken" || became === "over") await forget(answer.assignment);
  if (became === "unfit") await keep({ ...answer, unfit: said.message });
  return { became, said };
}

function outcome({ ok, status }, { code }) {
  if (ok) return "taken";
  if (status === 401) return "nobodys";
  if ([400, 413].includes(status) || ["InvalidField", "AnswersNotReady"].includes(code)) return "unfit";
  return [404, 422].includes(status) ? "over" : "late";
}

/**
 * Who is signed in now, in any window, and the token for their forms; nobody is an empty id. Null without connection.
 */
export async function whoIsHere() {
  try {
    const page = await (await fetch("/tasks", { headers: { Accept: "text/html" } })).text();
    const read = new DOMParser().parseFromString(page, "text/html");
    const told = (name) => read.querySelector(`meta[name=${name}]`)?.content ?? "";
    const token = read.querySelector("meta[name=csrf-token]");
    return { worker: told("worker-id"), token: token ? whole(token) : "" };
  } catch {
    return null;
  }
}
