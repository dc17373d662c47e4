// Submit hosts: a form that a script has built or aimed at Amazon's submit address posts to ours instead. The addresses
// that stand in the page as they are have been replaced already.

import { clean } from "../shared/realm.js";

const PATH = /^\/+mturk\/externalSubmit$/;
const { getAttribute, setAttribute } = Element.prototype;
const HOSTS = /^(?:(?:www|workersandbox|worker)\.)?mturk\.com$/i;

/** Ours in place of an address of Amazon's; any other is left as it is. */
function ours(action) {
  const text = String(action);
  let read;
  try {
    read = new URL(text, location.href);
  } catch {
    return action;
  }
  const theirs = HOSTS.test(read.hostname) && PATH.test(read.pathname);
  const slipped = read.hostname === "mturk" && read.pathname === "/externalSubmit"; // "//mturk/externalSubmit"
  const other = read.host === location.host && read.protocol !== location.protocol && PATH.test(read.pathname);
  const path = PATH.test(text.trim().split(/[?#]/)[0]); // which a <base> would lead elsewhere
  return theirs || slipped || other || path ? `${location.origin}/mturk/externalSubmit${read.search}` : action;
}

/** (Not by the form's own methods: a control of the name `getAttribute` would stand before them.) */
function aim(form, submitter) {
  for (const [element, name] of [
    [form, "action"],
    [submitter, "formaction"],
  ]) {
    const action = element && getAttribute.call(element, name);
    if (action && ours(action) !== action) setAttribute.call(element, name, ours(action));
  }
}

addEventListener(
  "submit",
  clean((event) => aim(event.target, event.submitter)),
  { capture: true },
);

const { apply } = Reflect;
const { submit } = HTMLFormElement.prototype;
HTMLFormElement.prototype.submit = function () {
  clean(aim)(this);
  return apply(submit, this, []);
};

const action = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, "action");
const setAction = action.set;
const isAction = (name) => String(name).toLowerCase() === "action";
Object.defineProperty(HTMLFormElement.prototype, "action", {
  ...action,
  set(value) {
    apply(setAction, this, [clean(ours)(value)]);
  },
});

HTMLFormElement.prototype.setAttribute = function (name, value) {
  apply(setAttribute, this, [name, clean(isAction)(name) ? clean(ours)(value) : value]);
};
