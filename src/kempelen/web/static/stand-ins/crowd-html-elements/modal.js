// crowd-modal: a link or button that opens a dialog with whatever stands in the element.

import { DIALOG_STYLES, makeDialog, openDialog } from "./dialog.js";
import { CrowdElement, make } from "./element.js";
import { translate } from "./translate.js";

export class CrowdModal extends CrowdElement {
  static properties = { linkText: "text", linkType: "text" };
  static styles = `
    :host { display: inline-block; }
    ${DIALOG_STYLES}
  `;
  static unnamed = translate("Click to open modal");

  build() {
    this.opener = make("crowd-button");
    this.opener.addEventListener("click", () => this.open());
    this.dialog = this.makeDialog();
    this.shadowRoot.append(this.opener, this.dialog);
  }

  makeDialog() {
    return makeDialog(make("slot"));
  }

  refresh() {
    if (!this.opener) return;
    this.opener.textContent = this.linkText || this.constructor.unnamed;
    this.opener.variant = this.linkType === "button" ? "normal" : "link";
  }

  open() {
    openDialog(this.dialog, this.linkText || translate("Details"));
  }

  close() {
    this.dialog.close();
  }
}
