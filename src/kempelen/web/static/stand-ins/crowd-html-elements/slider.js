// crowd-slider: a number on a scale, and crowd-slider-label: a word at a place of it.

import { CrowdElement, make, setAttribute } from "./element.js";
import { CrowdField } from "./field.js";
import { translate } from "./translate.js";

const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };

export class CrowdSlider extends CrowdField {
  static properties = {
    name: "text",
    min: "number",
    max: "number",
    step: "number",
    value: "number",
    pin: "switch",
    editable: "switch",
    secondaryProgress: "number",
    required: "switch",
    disabled: "switch",
  };
  static styles = `
    :host { display: inline-block; inline-size: 280px; max-inline-size: 100%; vertical-align: middle; color: inherit; }
    .row { display: flex; align-items: center; gap: 12px; }
    .scale {
      position: relative; flex: 1; min-inline-size: 80px; block-size: 44px; margin-inline: 12px; cursor: pointer;
      touch-action: pan-y; border-radius: 4px;
    }
    :host([pin]:not([pin="false"])) .scale { margin-block-start: 26px; }
    .scale > div { position: absolute; pointer-events: none; }
    .track, .second, .fill { inset-inline-start: 0; inset-block-start: 20px; block-size: 4px; border-radius: 2px; }
    .track { inline-size: 100%; background: var(--crowd-edge); }
    .second { inline-size: calc(var(--second) * 100%); background: var(--crowd-brass); }
    .fill { inline-size: calc(var(--at) * 100%); background: var(--crowd-main); }
    .knob {
      inset-inline-start: calc(var(--at) * 100% - 11px); inset-block-start: 11px; inline-size: 22px;
      block-size: 22px; border: 3px solid var(--crowd-sheet); border-radius: 50%; background: var(--crowd-main);
      box-shadow: 0 0 0 1px var(--crowd-main);
    }
    .pin {
      inset-inline-start: calc(var(--at) * 100%); inset-block-start: -20px; translate: -50%; padding: 1px 8px;
      border-radius: 10px; background: var(--crowd-main); color: var(--crowd-on-main); font-size: .875em;
      font-variant-numeric: tabular-nums; white-space: nowrap;
    }
    :host(:dir(rtl)) .pin { translate: 50%; }
    .number {
      inline-size: 96px; min-block-size: 44px; padding: 6px 8px; border: 1px solid var(--crowd-edge);
      border-radius: var(--crowd-corner); background: var(--crowd-sheet); color: var(--crowd-ink);
    }
    .labels { position: relative; display: block; }
    :host([aria-disabled="true"]) .scale, .scale[aria-disabled="true"] { cursor: default; opacity: .5; }
    @media (forced-colors: active) { .track { background: CanvasText; } .fill, .knob { background: Highlight; } }
  `;

  #initially = null;

  strangers() {
    return [...this.childNodes].filter((node) => node.localName !== "crowd-slider-label");
  }

  build() {
    this.scale = make(
      "div",
      { class: "scale" },
      ...["track", "second", "fill", "knob", "pin"].map((part) => make("div", { class: part })),
    );
    this.number = make("input", { class: "number", type: "number" });
    this.shadowRoot.append(
      make("div", { class: "row" }, this.scale, this.number),
      make("span", { class: "labels" }, make("slot")),
      make("p", { class: "fault", role: "alert" }),
    );
    this.#initially = this.getAttribute("value");
    this.addEventListener("keydown", (event) => this.#key(event));
    this.scale.addEventListener("pointerdown", (event) => this.#drag(event));
    this.number.addEventListener("change", (event) => {
      event.stopPropagation();
      this.#move(this.number.value === "" ? this.value : Number(this.number.value), "change");
      this.number.value = this.value;
    });
    this.number.addEventListener("input", (event) => event.stopPropagation());
  }

  refresh() {
    if (!this.scale) return;
    const { min, max, value } = this;
    setAttribute(this, "value", value);
    const part = (number) => Math.min(1, Math.max(0, (number - min) / (max - min || 1)));
    this.scale.style.setProperty("--at", part(value));
    this.scale.style.setProperty("--second", this.secondaryProgress === null ? 0 : part(this.secondaryProgress));
    this.shadowRoot.querySelector(".pin").textContent = value;
    this.shadowRoot.querySelector(".pin").hidden = !this.pin;
    this.number.hidden = !this.editable;
    for (const [name, given] of Object.entries({ min, max, step: this.step })) setAttribute(this.number, name, given);
    if (this.shadowRoot.activeElement !== this.number) this.number.value = value;
    this.number.disabled = this.isDisabled;
    this.#setRole({ min, max, value });
    for (const label of this.children) label.settle?.();
    this.changed();
  }

  get min() {
    return this.readProperty("min", "number") ?? 0;
  }

  set min(value) {
    this.writeProperty("min", "number", value);
  }

  get max() {
    return Math.max(this.min, this.readProperty("max", "number") ?? 100);
  }

  set max(value) {
    this.writeProperty("max", "number", value);
  }

  get step() {
    const step = this.readProperty("step", "number") ?? 1;
    return step > 0 ? step : 1;
  }

  set step(value) {
    this.writeProperty("step", "number", value);
  }

  get value() {
    return Math.min(this.max, Math.max(this.min, this.readProperty("value", "number") ?? this.min));
  }

  set value(value) {
    this.writeProperty("value", "number", value);
  }

  get submittable() {
    return this.value;
  }

  focus(options) {
    if (this.editable) this.scale.focus(options);
    else super.focus(options);
  }

  formResetCallback() {
    this.value = this.#initially;
  }

  /** The element itself is the slider; beside a number box that cannot be, and its scale is. */
  #setRole({ min, max, value }) {
    const slider = this.editable ? this.scale : this;
    const other = this.editable ? this : this.scale;
    const said = {
      role: "slider",
      tabindex: this.isDisabled ? -1 : 0,
      "aria-valuemin": min,
      "aria-valuemax": max,
      "aria-valuenow": value,
      "aria-disabled": String(this.isDisabled),
    };
    for (const name of Object.keys(said)) other.removeAttribute(name);
    for (const [name, given] of Object.entries(said)) setAttribute(slider, name, given);
    const name = this.spokenName() || translate("Scale");
    if (this.editable) setAttribute(this.scale, "aria-label", name);
    else this.nameItself(name);
    setAttribute(this.number, "aria-label", translate("{name}: number", { name }));
  }

  #key(event) {
    if (event.composedPath()[0] === this.number || event.ctrlKey || event.metaKey || event.altKey) return;
    const ends = { Home: this.min, End: this.max };
    let { [event.key]: step } = STEPS;
    if (step === undefined && !(event.key in ends)) return;
    event.preventDefault();
    if (event.key in ends) return this.#move(ends[event.key], "change");
    if (this.matches(":dir(rtl)") && ["ArrowLeft", "ArrowRight"].includes(event.key)) step = -step;
    this.#move(this.value + step * this.step, "change");
  }

  #drag(event) {
    if (this.isDisabled || event.button) return;
    event.preventDefault();
    this.focus();
    this.scale.setPointerCapture(event.pointerId);
    const before = this.value;
    const follow = (moved) => {
      const box = this.scale.getBoundingClientRect();
      const at = (moved.clientX - box.left) / box.width;
      this.#move(this.min + (this.matches(":dir(rtl)") ? 1 - at : at) * (this.max - this.min));
    };
    follow(event);
    this.scale.onpointermove = follow;
    this.scale.onpointerup = this.scale.onpointercancel = () => {
      this.scale.onpointermove = this.scale.onpointerup = this.scale.onpointercancel = null;
      if (this.value !== before) this.tell("change");
    };
  }

  /** To the step that is nearest, on a person's behalf. */
  #move(wanted, ending) {
    if (this.isDisabled) return;
    const { min, max, step, value: before } = this;
    const decimals = Math.max(...[step, min].map((number) => (String(number).split(".")[1] ?? "").length));
    const stepped = Number((min + Math.round((wanted - min) / step) * step).toFixed(Math.min(decimals, 12)));
    this.value = Math.min(max, Math.max(min, stepped));
    if (this.value === before) return;
    this.tell("input");
    if (ending) this.tell(ending);
  }
}

export class CrowdSliderLabel extends CrowdElement {
  static properties = { position: "number" };
  static styles = `:host {
      position: absolute; inset-block-start: 0; color: inherit; font-size: .875em;
      inset-inline-start: calc(var(--at, 0) * 100%); translate: calc(var(--at, 0) * -100%);
    }
    :host(:dir(rtl)) { translate: calc(var(--at, 0) * 100%); }`;

  build() {
    this.shadowRoot.append(make("slot"));
  }

  refresh() {
    this.settle();
  }

  /** Stand where the number is on the slider's scale. */
  settle() {
    const slider = this.parentElement;
    if (!(slider instanceof CrowdSlider)) return;
    const at = ((this.position ?? slider.min) - slider.min) / (slider.max - slider.min || 1);
    this.style.setProperty("--at", Math.min(1, Math.max(0, at)));
    slider.style.paddingBlockEnd = "1.6em";
  }
}
