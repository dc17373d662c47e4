// Element: what every crowd element has. Attributes that are properties too, a shadow root that is built once, and an
// upgrade that keeps what scripts have set on the element before it was one.

import { readLenient } from "./lenient-json.js";
import { sheet } from "./looks.js";
import { translate } from "./translate.js";

const sheets = new Map();

export class CrowdElement extends HTMLElement {
  /**
   * Name → kind: text, switch (there or not), number, or json (read leniently; takes lists and objects from scripts).
   */
  static properties = {};
  /** Further properties that scripts may have set before the upgrade. */
  static settable = [];
  static styles = "";
  static delegatesFocus = false;

  static get observedAttributes() {
    return Object.keys(this.properties).map(attributeOf);
  }

  #built = false;
  #given = new Map(); // json properties that a script has set
  faults = new Map(); // attributes that could not be read, with what is wrong

  constructor() {
    super();
    const kind = this.constructor;
    if (!sheets.has(kind)) sheets.set(kind, sheet(kind.styles));
    this.attachShadow({ mode: "open", delegatesFocus: kind.delegatesFocus });
    this.shadowRoot.adoptedStyleSheets = [sheets.get(kind)];
  }

  connectedCallback() {
    if (!this.#built) {
      this.#built = true;
      const strangers = this.strangers();
      if (strangers.some((node) => node.nodeType === Node.ELEMENT_NODE || node.data?.trim())) this.after(...strangers);
      this.build();
      for (const name of [...Object.keys(this.constructor.properties), ...this.constructor.settable])
        this.#takeUp(name);
    }
    this.refresh();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    this.#given.delete(propertyOf(name));
    if (this.#built) this.refresh(propertyOf(name));
  }

  /** What stands in this element only because its tag was closed by itself (`<crowd-input />`); it is put after it. */
  strangers() {
    return [];
  }

  /** Fill the shadow root, once, when the element first stands in a page. */
  build() {}

  /** Show the present state; `changed` names the property that is new, if it was only one. */
  refresh() {}

  /** An event from this element, as a native control would let it bubble. */
  tell(type, more = {}) {
    return this.dispatchEvent(new Event(type, { bubbles: true, composed: true, ...more }));
  }

  readProperty(name, kind) {
    const written = this.getAttribute(attributeOf(name));
    if (kind === "text") return written ?? "";
    if (kind === "switch") return written !== null && written.trim().toLowerCase() !== "false";
    if (kind === "number") return written === null || !written.trim() || !isFinite(written) ? null : Number(written);
    if (this.#given.has(name)) return this.#given.get(name);
    return this.#readJSON(name, written);
  }

  writeProperty(name, kind, value) {
    const attribute = attributeOf(name);
    if (kind === "switch") this.toggleAttribute(attribute, Boolean(value));
    else if (kind === "json") {
      this.#given.set(name, value);
      this.faults.delete(attribute);
      if (this.#built) this.refresh(name);
    } else if (value === null || value === undefined) this.removeAttribute(attribute);
    else this.setAttribute(attribute, value);
    if (kind === "switch" && value && !this.readProperty(name, kind)) this.setAttribute(attribute, ""); // was "false"
  }

  #readJSON(name, written) {
    const attribute = attributeOf(name);
    this.faults.delete(attribute);
    if (written === null || !written.trim()) return null;
    try {
      return readLenient(written);
    } catch (error) {
      this.faults.set(
        attribute,
        translate("The attribute “{attribute}” of this element cannot be read: {why}.", {
          attribute,
          why: error.message,
        }),
      );
      return null;
    }
  }

  /** What a script has set while this was no crowd element yet hides the real property: set it anew. */
  #takeUp(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }
}

/** Make a class known to the page as the element of this name. */
export function define(name, kind) {
  for (const [property, type] of Object.entries(kind.properties)) {
    if (property in kind.prototype) continue; // the class has its own way
    Object.defineProperty(kind.prototype, property, {
      get() {
        return this.readProperty(property, type);
      },
      set(value) {
        this.writeProperty(property, type, value);
      },
      enumerable: true,
      configurable: true,
    });
  }
  if (!customElements.get(name)) customElements.define(name, kind);
}

/** A new element: its attributes (true: there; null, undefined and false: not there) and what stands in it. */
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) setAttribute(made, attribute, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Set an attribute, or take it away when there is nothing to set. */
export function setAttribute(element, attribute, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(attribute);
  else if (element.getAttribute(attribute) !== String(value === true ? "" : value)) {
    element.setAttribute(attribute, value === true ? "" : value);
  }
}

/** Put an element that stands too deep in its host after the host's child that holds it; one of an inner host stays. */
export function moveOut(host, hosts, element) {
  if (element.parentElement === host || element.parentElement.closest(hosts) !== host) return;
  let child = element;
  while (child.parentElement !== host) child = child.parentElement;
  child.after(element);
}

/** Is there something between the place of an event and this element that answers to clicks and keys by itself? */
export function meantForAnother(event, host) {
  for (const node of event.composedPath()) {
    if (node === host) return false;
    if (!(node instanceof Element)) continue;
    if (
      node.matches(
        "a[href], button, input, select, textarea, summary, audio, video, iframe, [tabindex], [contenteditable]",
      )
    )
      return true;
    if (node.localName === "label" && node.control && node.control !== host) return true;
  }
  return false;
}

function attributeOf(property) {
  return property.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
}

function propertyOf(attribute) {
  return attribute.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
}
