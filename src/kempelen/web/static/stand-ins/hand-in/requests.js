// Requests: an answer that a page's script sends to externalSubmit by fetch, XMLHttpRequest or sendBeacon is handed in
// like a form's. By itself such a request changes nothing, and the answer would be lost.

import { clean } from "../shared/realm.js";

const EXTERNAL_SUBMIT = /^\/+mturk\/externalSubmit$/;
const AMAZON = /^(?:(?:www|workersandbox|worker)\.)?mturk\.com$/i;
const { apply } = Reflect;

/** The address of a request that hands an answer in, here or where the original took it; else null. */
function target(address) {
  let url;
  try {
    url = new URL(String(address), location.href);
  } catch {
    return null;
  }
  const takes = (url.origin === location.origin || AMAZON.test(url.hostname)) && EXTERNAL_SUBMIT.test(url.pathname);
  return takes ? url : null;
}

/** The fields in the body of a request, as `[name, value]`; of a file its name. */
function fields(body) {
  if (body instanceof FormData) return [...body].map(([name, value]) => [name, value.name ?? value]);
  if (body instanceof URLSearchParams) return [...body];
  return typeof body === "string" ? [...new URLSearchParams(body)] : [];
}

/** Have `take(pairs)` be asked for each answer that the page sends; it says whether it took it. */
export function catchRequests(take) {
  const taken = clean((address, body) => {
    const url = target(address);
    return url !== null && take([...url.searchParams, ...fields(body)]);
  });
  catchFetch(taken);
  catchBeacon(taken);
  catchXMLHttpRequest(taken);
}

function catchFetch(taken) {
  const { fetch } = window;
  const accepted = () => new Response("", { status: 200, statusText: "OK" });
  const isTarget = clean((address) => target(address) !== null);
  window.fetch = function (resource, options) {
    if (resource instanceof Request && isTarget(resource.url) && options?.body === undefined) {
      const copy = resource.clone();
      const go = () => apply(fetch, window, [resource, options]);
      return copy.text().then((body) => (taken(copy.url, body) ? accepted() : go()));
    }
    if (taken(resource instanceof Request ? resource.url : resource, options?.body)) return Promise.resolve(accepted());
    return apply(fetch, window, arguments);
  };
}

function catchBeacon(taken) {
  const { sendBeacon } = Navigator.prototype;
  Navigator.prototype.sendBeacon = function (address, body) {
    return taken(address, body) || apply(sendBeacon, this, arguments);
  };
}

function catchXMLHttpRequest(taken) {
  const { open, send } = XMLHttpRequest.prototype;
  const addresses = new WeakMap();
  const { get, set } = WeakMap.prototype;
  XMLHttpRequest.prototype.open = function (_method, address) {
    apply(set, addresses, [this, address]);
    return apply(open, this, arguments);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (!taken(apply(get, addresses, [this]), body)) return apply(send, this, arguments);
    const answer = { readyState: 4, status: 200, statusText: "OK", responseText: "", response: "" };
    for (const [name, value] of Object.entries(answer)) {
      Object.defineProperty(this, name, { value, configurable: true });
    }
    queueMicrotask(() => {
      for (const name of ["readystatechange", "load", "loadend"]) this.dispatchEvent(new Event(name));
    });
  };
}
