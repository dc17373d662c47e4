// Hand in: gives the answer of a form that posts to externalSubmit to the work page around the task, before anything is
// sent. So it is kept in the Worker's browser even when there is no connection just now, and the task stays as it is.
//
// The message is that of handover.js, with the same checks. Where nobody takes it (the work page may run no script), and
// in a window of its own, the form is posted as it is. (A classic script, not a module: a frame without an origin may
// load no modules; and it runs before all others.)

(() => {
  if (parent === window) return;
  const TAKES_ANSWERS = /^\/+(?:mturk\/externalSubmit|task\/files)$/;
  const HERE = /^(?:_self|_parent|_top)?$/i;
  const RESERVED = ["assignmentId", "hitId", "workerId", "turkSubmitTo"];
  const TRIES = 5;
  const parents = document.currentScript.dataset.parents.split(" ");
  const mine = new URLSearchParams(location.search).get("assignmentId");
  const { submit } = HTMLFormElement.prototype;
  const { getAttribute } = Element.prototype;
  let asking;

  /** A form's own property, though a control in it may bear that name. */
  const own = (form, name) => Reflect.get(HTMLFormElement.prototype, name, form);

  /** Where a form would go, and how; a button may say otherwise than the form. */
  function way(form, submitter) {
    const told = (name) => (submitter && getAttribute.call(submitter, `form${name}`)) ?? getAttribute.call(form, name);
    const action = submitter && getAttribute.call(submitter, "formaction") !== null ? submitter.formAction : own(form, "action");
    return {
      url: new URL(action, location.href),
      method: (told("method") ?? "get").toLowerCase(),
      target: told("target") ?? document.querySelector("base[target]")?.target ?? "",
    };
  }

  /** What a form would send, as `[name, value]` in the way it is sent: line ends as CR LF, of a file its name. */
  function fields(form, submitter, { url, method }) {
    const said = [...new FormData(form, submitter)];
    if (submitter?.name && !said.some(([name]) => name === submitter.name)) said.push([submitter.name, submitter.value]);
    const sent = said.map((pair) => pair.map((part) => (part.name ?? part).replace(/\r\n|\r|\n/g, "\r\n")));
    return method === "post" ? [...url.searchParams, ...sent] : sent;
  }

  /** Hand over what the form would send; whether it was this task's answer. */
  function handOver(form, submitter) {
    const going = way(form, submitter);
    const { url, method, target } = going;
    if (!own(form, "isConnected")) return false;
    if (url.origin !== location.origin || !TAKES_ANSWERS.test(url.pathname)) return false;
    if (method === "dialog" || !HERE.test(target)) return false;
    const said = fields(form, submitter, going);
    if (!mine || said.find(([name]) => name === "assignmentId")?.[1] !== mine) return false; // it will be told so there
    tell(said.filter(([name]) => !RESERVED.includes(name)));
    return true;
  }

  function tell(pairs, tries = 0) {
    clearTimeout(asking);
    if (tries === TRIES) return post(pairs);
    const answer = {};
    for (const [name, value] of pairs) answer[name] = Object.hasOwn(answer, name) ? `${answer[name]}|${value}` : value;
    const message = JSON.stringify({ assignmentId: mine, answer, pairs });
    for (const origin of parents) parent.postMessage(message, origin);
    asking = setTimeout(tell, 1000, pairs, tries + 1);
  }

  function post(pairs) {
    const letter = document.createElement("form");
    Object.assign(letter, { method: "post", action: `${location.origin}/mturk/externalSubmit`, hidden: true });
    for (const [name, value] of [["assignmentId", mine], ...pairs]) {
      letter.append(Object.assign(document.createElement("textarea"), { name, value }));
    }
    document.documentElement.append(letter);
    submit.call(letter);
    letter.remove();
  }

  function handIn(event) {
    if (event.defaultPrevented || !event.isTrusted || !(event.target instanceof HTMLFormElement)) return;
    if (handOver(event.target, event.submitter)) event.preventDefault();
  }

  // After all that the page itself does about its submissions: as the last listener, whenever the others came.
  addEventListener("submit", () => {
    removeEventListener("submit", handIn);
    addEventListener("submit", handIn);
  }, { capture: true });

  HTMLFormElement.prototype.submit = function () {
    if (!handOver(this, null)) submit.call(this);
  };

  addEventListener("message", (event) => {
    if (event.source !== parent || !parents.includes(event.origin)) return;
    if (event.data?.taken) clearTimeout(asking);
    if (event.data?.refused) dispatchEvent(new CustomEvent("answer-refused", { detail: String(event.data.refused) }));
  });
})(); // a function, so that nothing in it leaves a name in the page
