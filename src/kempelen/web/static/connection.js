// Connection: the page of an ExternalQuestion sends its answer by itself, and nothing of ours can keep it before. So
// the page around it looks whether the site can be reached, and warns in time when it cannot.

const warning = document.getElementById("no-connection");
const task = document.getElementById("task");
let next;
let failed = false; // the task went somewhere while there was no connection: it may show an error

const isThere = () =>
  fetch("/livez", { cache: "no-store" }).then(
    ({ status }) => status < 500,
    () => false,
  );

async function look(event) {
  clearTimeout(next);
  const reached = navigator.onLine && (await isThere());
  if (event?.type === "load") failed = !reached;
  warning.hidden = reached && !failed;
  next = setTimeout(look, reached ? 20_000 : 3_000);
}

for (const type of ["online", "offline"]) addEventListener(type, look);
task.addEventListener("load", look);
look();
