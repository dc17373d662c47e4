// Translate: our texts in the language of the Worker; the server puts each translation in place (web/site/scripts.py).

/** A text with its facts. */
export function translate(text, facts = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => facts[name] ?? place);
}

/** The same of a number of things. */
export function translatePlural(one, many, number, facts = { number }) {
  return translate(number === 1 ? one : many, facts);
}
