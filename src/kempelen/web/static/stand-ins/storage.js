// Storage: a task without an origin of its own has no localStorage, nor one in a browser that keeps other sites' pages
// from storing anything; templates that use it get one that lasts a page. Where there is a real one it stays.

for (const name of ["localStorage", "sessionStorage"]) {
  try {
    void window[name].length;
    continue;
  } catch {
    // denied
  }
  const kept = new Map();
  const methods = {
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem: (key, value) => void kept.set(String(key), String(value)),
    removeItem: (key) => void kept.delete(String(key)),
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
  };
  const storage = new Proxy(methods, {
    get: (_, key) => (key === "length" ? kept.size : (methods[key] ?? kept.get(key))),
    set: (_, key, value) => (kept.set(String(key), String(value)), true),
    has: (_, key) => key in methods || kept.has(key),
    deleteProperty: (_, key) => (kept.delete(key), true),
    ownKeys: () => [...kept.keys()],
    getOwnPropertyDescriptor: (_, key) =>
      kept.has(key) ? { value: kept.get(key), writable: true, enumerable: true, configurable: true } : undefined,
  });
  Object.defineProperty(window, name, { value: storage, configurable: true });
}
