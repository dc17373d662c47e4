// Lenient JSON: what page authors write into attributes. Besides JSON it takes single quotes, names without quotes,
// commas at the end, comments, and numbers as JavaScript has them. (Reads; never evaluates.)

import { translate } from "./translate.js";

const NAME = /[\p{L}_$][\p{L}\p{N}_$-]*/uy;
const NUMBER = /[+-]?(?:0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/iy;
const BLANK = /(?:[\s\u00a0\ufeff]|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)+/y;
const WORDS = { true: true, false: false, null: null };
const ESCAPES = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", 0: "\0" };

/** The value that a text stands for; a SyntaxError says where it is none. */
export function readLenient(text) {
  let at = 0;

  function take(pattern) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found ? found[0] : null;
  }

  function next() {
    take(BLANK);
    return text[at];
  }

  function wrong(wanted) {
    if (at >= text.length) return new SyntaxError(translate("{wanted} was expected at the end", { wanted }));
    const where = { wanted, place: at + 1, found: text.slice(at, at + 12) };
    return new SyntaxError(translate("{wanted} was expected at character {place}, where “{found}” stands", where));
  }

  function value() {
    const first = next();
    if (first === "[") return list();
    if (first === "{") return object();
    if (first === '"' || first === "'") return string();
    const number = take(NUMBER);
    if (number !== null) return Number(number.replace(/^\+/, ""));
    const start = at;
    const word = take(NAME);
    if (word !== null && Object.hasOwn(WORDS, word)) return WORDS[word];
    at = start;
    throw wrong(translate("A value"));
  }

  function list() {
    const items = [];
    at += 1;
    while (next() !== "]") {
      items.push(value());
      if (next() === ",") at += 1;
      else if (text[at] !== "]") throw wrong(translate("A comma or “]”"));
    }
    at += 1;
    return items;
  }

  function object() {
    const members = {};
    at += 1;
    while (next() !== "}") {
      const name = text[at] === '"' || text[at] === "'" ? string() : (take(NAME) ?? take(NUMBER));
      if (name === null) throw wrong(translate("A name"));
      if (next() !== ":") throw wrong(translate("A colon"));
      at += 1;
      Object.defineProperty(members, name, { value: value(), writable: true, enumerable: true, configurable: true });
      if (next() === ",") at += 1;
      else if (text[at] !== "}") throw wrong(translate("A comma or “}”"));
    }
    at += 1;
    return members;
  }

  function string() {
    const quote = text[at];
    let read = "";
    for (at += 1; text[at] !== quote; at += 1) {
      if (at >= text.length) throw wrong(translate("A closing quote"));
      read += text[at] === "\\" ? escaped() : text[at];
    }
    at += 1;
    return read;
  }

  function escaped() {
    at += 1;
    const letter = text[at] ?? "";
    const digits = { u: 4, x: 2 }[letter];
    if (digits) {
      const code = text.slice(at + 1, at + 1 + digits);
      if (!/^[\da-f]+$/i.test(code) || code.length < digits) throw wrong(translate("A character's number"));
      at += digits;
      return String.fromCharCode(parseInt(code, 16));
    }
    if (letter === "\n") return ""; // a line that goes on
    return ESCAPES[letter] ?? letter;
  }

  const read = value();
  if (next() !== undefined) throw wrong(translate("The end"));
  return read;
}
