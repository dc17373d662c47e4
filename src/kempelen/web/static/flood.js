// Flood: a task that sends more messages than anybody can mean is not listened to for the rest of the second, and one
// that goes on is reported by the event `flood`, so that its Worker can still use the page around it. This module is
// imported before all that listens.

const MOST = 100; // messages in a second that are listened to
const MOST_CHARACTERS = 20_000_000; // in them
const FLOOD = 2_000; // messages in a second

let since = -Infinity;
let messages = 0;
let characters = 0;

addEventListener(
  "message",
  (event) => {
    const now = performance.now();
    if (now - since > 1_000) [since, messages, characters] = [now, 0, 0];
    messages += 1;
    if (typeof event.data === "string") characters += event.data.length;
    if (messages > MOST || characters > MOST_CHARACTERS) event.stopImmediatePropagation();
    if (messages === FLOOD) dispatchEvent(new Event("flood"));
  },
  { capture: true },
);
