// Say: the texts that are ours, in the Worker's language: the server puts it in place of ours (web/site/scripts.py).

/** A text with its facts. */
export function say(text, facts = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => facts[name] ?? place);
}

/** The same of a number of things. */
export function sayMany(one, many, number, facts = { number }) {
  return say(number === 1 ? one : many, facts);
}
