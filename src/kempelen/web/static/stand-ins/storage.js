// Storage: a task without an origin of its own has no localStorage, nor one in a browser that keeps other sites' pages
// from storing anything; templates that use it get one that lasts a page. Where there is a real one it stays.
//
// What it needs of the language is taken at load, before any script of the page may have changed it.

const { ownKeys } = Reflect;

for (const name of ["localStorage", "sessionStorage"]) {
  try {
    void window[name].length;
  } catch {
    Object.defineProperty(window, name, { value: temporaryStorage(), configurable: true });
  }
}

/** A Storage whose items are kept in an object: named methods, and items as properties. */
function temporaryStorage() {
  let items = { __proto__: null };
  const methods = {
    __proto__: null,
    getItem: (key) => items[`${key}`] ?? null,
    setItem: (key, value) => {
      items[`${key}`] = `${value}`;
    },
    removeItem: (key) => {
      delete items[`${key}`];
    },
    clear: () => {
      items = { __proto__: null };
    },
    key: (index) => ownKeys(items)[index] ?? null,
  };
  return new Proxy(methods, {
    __proto__: null,
    get: (_, key) => (key === "length" ? ownKeys(items).length : (methods[key] ?? items[key])),
    set: (_, key, value) => {
      if (typeof key === "symbol") methods[key] = value;
      else items[key] = `${value}`;
      return true;
    },
    has: (_, key) => key in methods || key in items,
    deleteProperty: (_, key) => delete items[key],
    ownKeys: () => ownKeys(items),
    getOwnPropertyDescriptor: (_, key) =>
      key in items
        ? { __proto__: null, value: items[key], writable: true, enumerable: true, configurable: true }
        : undefined,
  });
}
