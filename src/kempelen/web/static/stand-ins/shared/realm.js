// Realm: the language's own objects as they were when this script was loaded, before any script of the page.
//
// A page may take away or replace what belongs to the language: `Array.prototype.find`, `JSON.stringify`, a `toJSON` on
// every array. Our code runs in `inCleanRealm`, which puts all of it back meanwhile. What the page has put on global
// names (`let parent`, `var URL`) does no harm either: every script of ours has those of the first one (modules.py),
// and so it is with this realm: the crowd elements may come after scripts of the page.

const realm =
  window.kempelenRealm ?? Object.defineProperty(window, "kempelenRealm", { value: capture() }).kempelenRealm;

/** Run `act` with the language as it was at first, and give the page's own changes back to it. */
export const inCleanRealm = realm.inCleanRealm;

/** A function that runs in a clean realm, whoever calls it. */
export function clean(act) {
  return function () {
    return inCleanRealm(act, arguments);
  };
}

function capture() {
  const OBJECTS = [
    Object,
    Object.prototype,
    Function.prototype,
    Array,
    Array.prototype,
    String.prototype,
    Number.prototype,
    RegExp.prototype,
    Map.prototype,
    Set.prototype,
    Promise.prototype,
    JSON,
    Reflect,
    FormData.prototype,
    URLSearchParams.prototype,
    URL.prototype,
    Object.getPrototypeOf([][Symbol.iterator]()),
    Object.getPrototypeOf(new Map()[Symbol.iterator]()),
  ];
  const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Object;
  const { apply, deleteProperty, ownKeys } = Reflect;

  /** An object's properties as `[key, descriptor]`; a descriptor inherits nothing that a page may add. */
  function properties(object) {
    const found = [];
    for (const key of ownKeys(object)) found.push([key, setPrototypeOf(getOwnPropertyDescriptor(object, key), null)]);
    return found;
  }

  const originals = OBJECTS.map((object) => [object, properties(object)]);

  function differs(current, original) {
    if (!current) return true;
    return current.value !== original.value || current.get !== original.get || current.set !== original.set;
  }

  /** Put an object's properties back; what was changed is added to `changes` as `[object, key, descriptor]`. */
  function putBack(object, kept, changes) {
    for (let n = 0; n < kept.length; n++) {
      const key = kept[n][0];
      const original = kept[n][1];
      const current = getOwnPropertyDescriptor(object, key);
      if (!differs(current, original)) continue;
      if (current && !current.configurable && !current.writable) continue; // frozen: nothing can be done
      changes[changes.length] = [object, key, current];
      defineProperty(object, key, original);
    }
    const added = getOwnPropertyDescriptor(object, "toJSON");
    if (added?.configurable && object !== URL.prototype) {
      changes[changes.length] = [object, "toJSON", added];
      deleteProperty(object, "toJSON");
    }
  }

  function inCleanRealm(act, values = []) {
    const changes = [];
    for (let n = 0; n < originals.length; n++) putBack(originals[n][0], originals[n][1], changes);
    try {
      return apply(act, undefined, values);
    } finally {
      for (let n = changes.length - 1; n >= 0; n--) {
        const change = changes[n];
        if (change[2]) defineProperty(change[0], change[1], setPrototypeOf(change[2], null));
        else deleteProperty(change[0], change[1]);
      }
    }
  }

  return { inCleanRealm };
}
