// Guard: on a page that another site may have brought about, a form is sent only once its Worker has had time to see
// it.
//
// Otherwise the second click of a double click on the other site would meet a button that has just come under the
// pointer.

const TIME_TO_SEE = 1_000; // milliseconds
let seenSince = performance.now();
let wasInFrame = false;

function begin() {
  seenSince = performance.now();
}

addEventListener("pageshow", begin);
document.addEventListener("visibilitychange", begin);
addEventListener("blur", () => {
  wasInFrame = document.activeElement instanceof HTMLIFrameElement;
});
addEventListener("focus", () => {
  if (!wasInFrame) begin(); // whoever comes from the task in its frame has had the page before them
  wasInFrame = false;
});
addEventListener(
  "submit",
  (event) => {
    if (performance.now() - seenSince >= TIME_TO_SEE) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);
