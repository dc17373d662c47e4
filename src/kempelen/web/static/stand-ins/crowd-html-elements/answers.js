// Answers: what a form's fields say, as one object, and that object as it is sent.

import { own } from "./own.js";

const RESERVED = ["assignmentId", "hitId", "workerId", "turkSubmitTo"]; // the marketplace's own names are no answer
const NO_ANSWER = ["submit", "button", "image", "reset"];

/** One property per name, of all fields in the order of the page. */
export function collect(fields) {
  const answer = {};
  for (const field of fields) {
    const name = field.name ?? field.getAttribute("name");
    const value = said(field);
    if (!name || RESERVED.includes(name) || value === undefined) continue;
    const both = isObject(answer[name]) && isObject(value);
    put(answer, name, both ? { ...answer[name], ...value } : value); // boxes of one name make one object
  }
  return sorted(answer);
}

/** As `[name, text]` pairs: one of JSON, or with `flat` one for each leaf, objects opened into dotted names. */
export function written(answer, { flat }) {
  return flat ? leaves(answer, "") : [["taskAnswers", JSON.stringify([answer])]];
}

/** Every element inside that may be a field: ours, the browser's own, and other people's. */
export function fieldsIn(root, form) {
  const outside = [...own(form, "elements")].filter((element) => !root.contains(element)); // by their attribute `form`
  return [...root.querySelectorAll("*"), ...outside].filter((element) => isNative(element) || isCustom(element));
}

export function isNative(element) {
  const { localName, type } = element;
  return localName === "select" || localName === "textarea" || (localName === "input" && !NO_ANSWER.includes(type));
}

/** An element of ours with a part of the answer, or somebody else's that has a name and a value. */
function isCustom(element) {
  if (!element.localName.includes("-")) return false;
  if ("_submittableValue" in element) return true;
  return element.hasAttribute("name") && element.value !== undefined;
}

function said(field) {
  if (!isNative(field)) return "_submittableValue" in field ? field._submittableValue : field.value;
  if (field.matches(":disabled")) return undefined;
  if (field.type === "radio" || field.type === "checkbox") return { [field.value]: field.checked };
  if (field.type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
  if (field.type === "file") return [...field.files].map((file) => file.name).join(", ");
  return field.value;
}

/** Names in alphabetical order, at every level. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const result = {};
  for (const name of Object.keys(value).sort()) put(result, name, sorted(value[name]));
  return result;
}

function leaves(value, name) {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([inner, more]) => leaves(more, name ? `${name}.${inner}` : inner));
  }
  return [[name, Array.isArray(value) ? JSON.stringify(value) : String(value ?? "")]];
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Set a member, whatever its name is (`__proto__` too). */
function put(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
