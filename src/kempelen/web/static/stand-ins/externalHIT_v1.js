// A stand-in for Amazon's script of this name, with the same functions; many tasks load it. They work whatever the page
// has done to the language: see shared/realm.js, which the first script of ours on the page has put there.

function turkInCleanRealm(act) {
  return window.kempelenRealm ? window.kempelenRealm.inCleanRealm(act) : act();
}

function turkGetParam(name, defaultValue) {
  return turkInCleanRealm(() => {
    const found = new RegExp("[?&]" + name.replace(/[[\]]/g, "\\$&") + "=([^&#]*)").exec(window.location.href);
    return found ? decode(found[1]) : defaultValue;
  });
}

function decode(strToDecode) {
  const text = strToDecode.replace(/\+/g, " ");
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not written as an address writes it
  }
}

function turkGetSubmitToHost() {
  return turkGetParam("turkSubmitTo", window.location.origin);
}

function turkSetAssignmentID(form_name, button_name) {
  turkInCleanRealm(() => turkFillIn(form_name, button_name));
}

function turkFillIn(form_name, button_name) {
  const form = document.getElementById(form_name || "mturk_form");
  const button = document.getElementById(button_name || "submitButton");
  const assignmentId = turkGetParam("assignmentId", "");
  const field = document.getElementById("assignmentId");
  if (field) field.value = assignmentId;
  if (assignmentId === "ASSIGNMENT_ID_NOT_AVAILABLE") {
    if (button) {
      button.disabled = true;
      button[button.localName === "input" ? "value" : "textContent"] =
        "You must ACCEPT the HIT before you can submit the results.";
    }
  } else if (form) {
    form.setAttribute("action", turkGetSubmitToHost().replace(/\/+$/, "") + "/mturk/externalSubmit");
  }
}
