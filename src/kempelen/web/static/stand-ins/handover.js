// Handover: our page in a task's frame gives the answer to the work page around it; at top level it goes on to Finish.
// (A classic script, not a module: a frame without an origin may load no modules.) The fields have the task's names,
// and a form lets a control stand before its own properties: so it is asked only for what no name can hide.

const form = document.getElementById("handover");
const own = (name) => Reflect.get(HTMLFormElement.prototype, name, form);
const [[, assignmentId], ...pairs] = [...own("elements")]
  .filter((element) => element.localName === "input")
  .map(({ name, value }) => [name, value]);
const parents = document.body.dataset.parents.split(" ");

if (parent === window) {
  document.getElementById("by-hand").hidden = false; // in case going on by itself is not allowed here
  own("submit").call(form);
} else {
  const answer = {};
  for (const [name, value] of pairs) answer[name] = Object.hasOwn(answer, name) ? `${answer[name]}|${value}` : value;
  const message = JSON.stringify({ assignmentId, answer, pairs });
  for (const origin of parents) parent.postMessage(message, origin);
}

// The work page says what has become of it, when that is not good: the way back leads to the task.
addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || !parents.includes(origin)) return;
  if (data?.asks === "isHere") return parent.postMessage({ isHere: true }, origin);
  if (!data?.refused) return;
  document.getElementById("under-way").hidden = true;
  document.getElementById("refused").hidden = false;
  document.getElementById("why").textContent = data.refused;
  document.getElementById("back").addEventListener("click", () => history.back());
});
