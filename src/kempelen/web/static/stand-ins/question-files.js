// Question files: sends each file as it is chosen, shows how far it has come, and puts its key into the form. Without
// this script the form takes the files along. (A classic script: a frame without an origin may load no modules.)

const UNITS = [
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
];

/** A size for reading, not for reckoning. */
function inBytes(count) {
  const [unit, size] = UNITS.find(([, size]) => count >= size) ?? ["", 1];
  const number = (count / size).toLocaleString(document.documentElement.lang, {
    maximumFractionDigits: size > 1 ? 1 : 0,
  });
  return unit ? `${number} ${unit}` : translatePlural("{number} byte", "{number} bytes", count, { number });
}

for (const chooser of form.querySelectorAll("[data-file]")) new Upload(chooser);

function Upload(chooser) {
  const question = chooser.closest(".question");
  const key = question.querySelector("[data-file-key]");
  const kept = question.querySelector("[data-kept]");
  const checks = JSON.parse(chooser.dataset.file);
  const name = chooser.name;
  const isRequired = Boolean(question.querySelector(".required"));
  const progress = part("div", "sending");
  const bar = document.createElement("progress");
  const told = part("span", "unseen");
  const cancel = Object.assign(document.createElement("button"), { type: "button", textContent: translate("Cancel") });
  const remove = Object.assign(part("button", "clear"), { type: "button", textContent: translate("Remove this file") });
  let request = null;
  let problem = "";

  told.setAttribute("role", "status");
  bar.setAttribute("aria-label", translate("How much of the file has been sent"));
  progress.append(bar, cancel);
  progress.hidden = true;
  kept.after(remove, progress, told);
  chooser.removeAttribute("name"); // its key is what the form sends
  chooser.required = false;
  remove.hidden = !key.value;

  question.fileFault = () => {
    if (request) return translate("The file is still being sent. Wait until it has arrived.");
    return problem || (isRequired && !key.value ? translate("This question needs a file.") : "");
  };

  chooser.addEventListener("change", () => {
    const [file] = chooser.files;
    if (!file) return;
    if (request) request.abort();
    if (file.size < checks.least || file.size > checks.most) {
      finish(translate("{wanted}. This one has {size}.", { wanted: checks.wanted, size: inBytes(file.size) }));
    } else {
      send(file);
    }
  });
  cancel.addEventListener("click", () => request.abort());
  remove.addEventListener("click", () => {
    show("", "");
    finish("");
    chooser.focus();
  });

  function send(file) {
    const body = new FormData();
    body.append(name, file);
    const sent = new XMLHttpRequest();
    request = sent;
    problem = "";
    progress.hidden = false;
    bar.removeAttribute("value");
    told.textContent = translate("{name} is being sent.", { name: file.name });
    if (question.classList.contains("wrong")) tell(question);
    sent.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.max = total;
      bar.value = loaded;
    });
    sent.addEventListener("load", () => {
      const said = read(sent.responseText);
      const [mine] = said.files ?? [];
      if (mine) show(mine.file_key, file.name, file.size);
      if (request === sent)
        finish(mine ? "" : (said.message ?? translate("The file could not be sent. Choose it again.")));
    });
    sent.addEventListener("error", () => {
      if (request === sent) finish(translate("The file could not be sent: there is no connection. Choose it again."));
    });
    sent.addEventListener("abort", () => {
      if (request === sent) finish("");
    });
    sent.open("POST", form.action);
    sent.setRequestHeader("Accept", "application/json");
    sent.send(body);
  }

  function finish(said) {
    request = null;
    problem = said;
    progress.hidden = true;
    chooser.value = "";
    told.textContent = "";
    if (said || question.classList.contains("wrong")) tell(question);
  }

  /** Say which file is there, or that none is. */
  function show(fileKey, fileName, size) {
    key.value = fileKey;
    kept.hidden = remove.hidden = !fileKey;
    const [before, between, after] = translate("{name} is uploaded ({size}).").split(/\{name\}|\{size\}/);
    const strong = document.createElement("b");
    strong.textContent = fileName;
    kept.replaceChildren(before, strong, between + inBytes(size) + after);
  }
}

function part(tag, name) {
  return Object.assign(document.createElement(tag), { className: name });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
