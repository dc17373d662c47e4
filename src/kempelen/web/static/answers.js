// Answers: keeps an answer in this browser from the moment a task hands it over until the site has taken it.
//
// So it outlives a reload, a closed window, a lost connection and a restart of the server. It is sent as the Worker it
// belongs to and nobody else. Sending it twice is safe: the site takes an answer once.

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

/** Keep `{ assignment, worker, action, pairs, at }` in place of an earlier one that could not be sent. */
export const keep = (answer) => ask("readwrite", (store) => store.put(answer));
export const forget = (assignment) => ask("readwrite", (store) => store.delete(assignment));
export const find = (assignment) => ask("readonly", (store) => store.get(assignment));

/** All unsent answers of a Worker. */
export const unsent = async (worker) =>
  ((await ask("readonly", (store) => store.getAll())) ?? []).filter((answer) => answer.worker === worker);

/**
 * Send an answer; `{ done, status, said }`. It is forgotten once the site has decided on it: taken, or refused for good.
 * Without a connection, signed out, or when the site is at fault, it stays.
 */
export async function send(answer, token) {
  const ours = [["authenticity_token", token], ["assignment_id", answer.assignment]]; // first: a task may use these names
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
    return { done: false, status: 0, said: null };
  }
  const decided = response.ok || [404, 413, 422].includes(response.status);
  if (decided) await forget(answer.assignment);
  return { done: response.ok, status: response.status, said };
}

/** The token for forms of whoever is signed in now, in any window. */
export async function freshToken() {
  const page = await (await fetch("/tasks", { headers: { Accept: "text/html" } })).text();
  const token = new DOMParser().parseFromString(page, "text/html").querySelector("meta[name=csrf-token]");
  return token?.content ?? "";
}
