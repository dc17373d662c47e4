// crowd-button: submits, resets, leads somewhere, or does what the page's script makes of a click.

import { CrowdElement, make, setAttribute } from "./element.js";
import { translate } from "./translate.js";

export class CrowdButton extends CrowdElement {
  static properties = {
    formAction: "text",
    variant: "text",
    disabled: "switch",
    loading: "switch",
    href: "text",
    target: "text",
    icon: "text",
    iconAlign: "text",
    iconUrl: "text",
  };
  static delegatesFocus = true;
  static styles = `
    :host { display: inline-block; max-inline-size: 100%; margin-block: 2px; vertical-align: middle; }
    .face {
      display: inline-flex; align-items: center; justify-content: center; gap: 8px; inline-size: 100%;
      min-block-size: max(40px, var(--crowd-target)); padding: 6px 18px; border: 1px solid var(--crowd-main);
      border-radius: var(--crowd-corner); background: var(--crowd-sheet); color: var(--crowd-link); font-weight: 600;
      text-decoration: none; cursor: pointer;
    }
    .face:hover { background: var(--crowd-wash); }
    .face:focus-visible { border-radius: var(--crowd-corner); }
    .primary { background: var(--crowd-main); color: var(--crowd-on-main); }
    .primary:hover { background: color-mix(in srgb, var(--crowd-main), var(--crowd-ink) 18%); }
    .link {
      border-color: transparent; background: none; padding-inline: 8px; text-decoration: underline;
      text-underline-offset: .18em;
    }
    .icon {
      border-color: transparent; background: none; padding: 6px; min-inline-size: max(40px, var(--crowd-target));
    }
    .right { flex-direction: row-reverse; }
    :disabled, [aria-disabled="true"] { opacity: .55; cursor: default; }
    .turning {
      display: block; inline-size: 18px; block-size: 18px; border: 2px solid; border-inline-end-color: transparent;
      border-radius: 50%;
    }
    @media (prefers-reduced-motion: no-preference) { .turning { animation: turn 900ms linear infinite; } }
    @keyframes turn { to { rotate: 1turn; } }
    img { inline-size: 24px; block-size: 24px; }
  `;

  build() {
    // A form of the button's own, because what it does must come after all listeners of the click, as with native ones.
    this.shadowRoot.append(make("form"));
    const form = this.shadowRoot.firstChild;
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#act();
    });
    this.addEventListener("click", (event) => this.#clicked(event), { capture: true });
  }

  refresh() {
    const link = Boolean(this.href && !this.loading && !this.disabled);
    const form = this.shadowRoot.firstChild;
    if (form.firstChild?.localName !== (link ? "a" : "button")) {
      const focused = this.shadowRoot.activeElement !== null;
      form.replaceChildren(
        make(link ? "a" : "button", {}, make("span", { class: "sign", hidden: true }), make("slot")),
      );
      if (focused) form.firstChild.focus();
    }
    const face = form.firstChild;
    const variant = ["primary", "link", "icon"].includes(this.variant) ? this.variant : "normal";
    face.className = `face ${variant}${this.iconAlign === "right" ? " right" : ""}`;
    if (link) {
      setAttribute(face, "href", this.href);
      setAttribute(face, "target", this.target || null);
      setAttribute(face, "rel", this.target ? "noopener" : null);
    } else {
      face.disabled = this.disabled && !this.loading;
      setAttribute(face, "aria-disabled", this.loading ? "true" : null);
    }
    const silent = !this.textContent.trim() && !this.querySelector("img[alt]");
    setAttribute(
      face,
      "aria-label",
      this.getAttribute("aria-label") || (silent ? this.title || this.icon || translate("Button") : null),
    );
    this.#showSign(face.querySelector(".sign"));
  }

  #showSign(sign) {
    const wanted = this.loading ? "loading" : this.iconUrl || this.icon;
    if (sign.dataset.shows === wanted) return;
    sign.dataset.shows = wanted;
    sign.hidden = !wanted;
    if (this.loading)
      sign.replaceChildren(make("span", { class: "turning", role: "img", "aria-label": translate("Loading") }));
    else if (this.iconUrl) sign.replaceChildren(make("img", { src: this.iconUrl, alt: "" }));
    else if (this.icon) sign.replaceChildren(make("iron-icon", { icon: this.icon }));
    else sign.replaceChildren();
  }

  #clicked(event) {
    if (this.disabled || this.loading) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.composedPath()[0] === this) {
      // By a script (`button.click()`): nothing in the shadow root was clicked that would act.
      queueMicrotask(() => event.defaultPrevented || this.#act());
    }
  }

  #act() {
    if (this.disabled || this.loading) return;
    if (this.href) return void window.open(this.href, this.target || "_self", this.target ? "noopener" : "");
    const form = this.closest("crowd-form") ?? this.closest("form");
    if (this.formAction === "reset") form?.reset();
    if (this.formAction !== "submit") return;
    if (form?.localName === "form") form.requestSubmit();
    else form?.begin(this);
  }
}
