// Hand in: gives what a Worker submits to the work page around the task, before anything is sent. So it is kept in the
// Worker's browser even when there is no connection just now, and the task stays as it is.
//
// A page served by us knows its assignment, so whatever form is submitted in it is handed in for that: one that posts
// to externalSubmit, and one that leads nowhere (no action, a path on this host, another host that could not know whose
// answer it is). Only two go where they lead: a form with this assignment's id for a server of the Requester's own, and
// a search beside the fields. What a script sends to externalSubmit by itself is handed in likewise (requests.js). The
// message is that of handover.js, with the same checks. Where nobody takes it (the work page may run no script), and in
// a window of its own, the form is posted as it is. (A classic script, not a module: a frame without an origin may load
// no modules; and it runs before all others.)

import { clean } from "../shared/realm.js";
import { catchRequests } from "./requests.js";

const TAKES_ANSWERS = /^\/+(?:mturk\/externalSubmit|task\/files)$/;
const HERE = /^(?:_self|_parent|_top)?$/i;
const RESERVED = ["assignmentId", "hitId", "workerId", "turkSubmitTo"];
const NO_ASSIGNMENT = ["", "ASSIGNMENT_ID_NOT_AVAILABLE"]; // as a page leaves the field that it does not fill in
const NO_ANSWER = ["submit", "button", "image", "reset"];
const TRIES = 5;
const DIALOGS = 5; // so many in a row, less than ten seconds apart; then no more are shown

const around = window.parent;
const parents = document.currentScript.dataset.parents.split(" ");
const mine = new URLSearchParams(location.search).get("assignmentId");
const { submit } = HTMLFormElement.prototype;
const { getAttribute, setAttribute } = Element.prototype;
let asking;

/** A form's own property, though a control in it may bear that name. */
const own = (form, name) => Reflect.get(HTMLFormElement.prototype, name, form);

/** Where a form would go, and how; a button may say otherwise than the form. */
function way(form, submitter) {
  const given = (name) => (submitter && getAttribute.call(submitter, `form${name}`)) ?? getAttribute.call(form, name);
  const action =
    submitter && getAttribute.call(submitter, "formaction") !== null ? submitter.formAction : own(form, "action");
  return {
    url: read(action),
    method: (given("method") ?? "get").toLowerCase(),
    target: given("target") ?? document.querySelector("base[target]")?.target ?? "",
  };
}

function read(address) {
  try {
    return new URL(address, location.href);
  } catch {
    return new URL(location.href); // no address: the form leads nowhere
  }
}

const lines = (text) => text.replace(/\r\n|\r|\n/g, "\r\n");

/** What a form would send, as `[name, value]` in the way it is sent: line ends as CR LF, of a file its name. */
function fields(form, submitter) {
  const found = [...new FormData(form, submitter)];
  if (submitter?.name && !found.some(([name]) => name === submitter.name))
    found.push([submitter.name, submitter.value]);
  return found.map((pair) => pair.map((part) => lines(part.name ?? part)));
}

/** The same of all fields that are in no form. */
function loose() {
  const pairs = [];
  for (const field of document.querySelectorAll("input, select, textarea")) {
    const { name, type } = field;
    if (field.form || !name || NO_ANSWER.includes(type) || field.matches(":disabled")) continue;
    if (type === "select-multiple") for (const option of field.selectedOptions) pairs.push([name, option.value]);
    else if (type === "file") for (const file of field.files) pairs.push([name, file.name]);
    else if (!["checkbox", "radio"].includes(type) || field.checked) pairs.push([name, lines(field.value)]);
  }
  return pairs;
}

/** Hand over what the form would send; whether it was this task's answer. */
function handOver(form, submitter) {
  const { url, method, target } = way(form, submitter);
  if (
    !mine ||
    !own(form, "isConnected") ||
    method === "dialog" ||
    !HERE.test(target) ||
    !/^https?:$/.test(url.protocol)
  )
    return false;
  const isHere = url.origin === location.origin;
  const takesAnswers = isHere && TAKES_ANSWERS.test(url.pathname);
  let pairs = fields(form, submitter);
  if (!takesAnswers && /^_(?:parent|top)$/i.test(target)) return false; // it is meant for the page around
  if (takesAnswers && method === "post") pairs = [...url.searchParams, ...pairs];
  const given = pairs.find(([name]) => name === "assignmentId")?.[1] ?? "";
  if (takesAnswers && given !== mine && !NO_ASSIGNMENT.includes(given)) return false; // that is said there
  if (!isHere && given === mine) return false; // a server of the Requester's, which knows whose answer it is
  const takesAll = document.querySelector("form[data-all-fields]");
  if (!isHere && takesAll && takesAll !== form) {
    setAttribute.call(form, "target", "_blank"); // a search, for instance: the task stays
    return false;
  }
  if (!takesAnswers || takesAll === form) pairs = [...pairs, ...loose()];
  send(pairs.filter(([name]) => !RESERVED.includes(name)));
  return true;
}

/** Hand over what a script sends by itself; whether it was this task's answer. */
function handOverSent(pairs) {
  const given = pairs.find(([name]) => name === "assignmentId")?.[1] ?? "";
  if (!mine || (given !== mine && !NO_ASSIGNMENT.includes(given))) return false;
  send(pairs.filter(([name]) => !RESERVED.includes(name)).map(([name, value]) => [name, lines(value)]));
  return true;
}

function send(pairs, tries = 0) {
  clearTimeout(asking);
  if (tries === TRIES) return post(pairs);
  const answer = {};
  for (const [name, value] of pairs) answer[name] = Object.hasOwn(answer, name) ? `${answer[name]}|${value}` : value;
  const message = JSON.stringify({ assignmentId: mine, answer, pairs });
  for (const origin of parents) around.postMessage(message, origin);
  asking = setTimeout(clean(send), 1000, pairs, tries + 1);
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

/** A page that opens one dialog after the other would leave its Worker no way out. */
function limitDialogs() {
  let shown = 0;
  let last = 0;
  for (const [name, answer] of [
    ["alert", undefined],
    ["confirm", false],
    ["prompt", null],
    ["print", undefined],
  ]) {
    const show = window[name];
    window[name] = (...texts) => {
      shown = performance.now() - last < 10_000 ? shown + 1 : 1;
      const result = shown > DIALOGS ? answer : show.apply(window, texts);
      last = performance.now();
      return result;
    };
  }
}

function begin() {
  // After all that the page itself does about its submissions: as the last listener, whenever the others came.
  const last = clean(handIn);
  addEventListener(
    "submit",
    () => {
      removeEventListener("submit", last);
      addEventListener("submit", last);
    },
    { capture: true },
  );

  HTMLFormElement.prototype.submit = function () {
    if (!clean(handOver)(this, null)) submit.call(this);
  };

  addEventListener(
    "message",
    clean((event) => {
      if (event.source !== around || !parents.includes(event.origin)) return;
      if (event.data?.asks === "isHere") event.source.postMessage({ isHere: true }, event.origin);
      if (event.data?.taken) clearTimeout(asking);
      if (event.data?.refused) dispatchEvent(new CustomEvent("answer-refused", { detail: String(event.data.refused) }));
    }),
  );

  catchRequests(handOverSent);
  limitDialogs();
}

if (around !== window) begin();
