// Question form: checks every constraint when the Worker submits, and says beside each question what is wrong. The
// server checks the same again. In a frame the page stays, since hand-in.js gives the answers to the work page around
// it. (A classic script, not a module: a frame without an origin may load no modules.)

const form = document.getElementById("questions");
const faults = document.getElementById("faults");
const questions = [...form.querySelectorAll(".question")];
const NUMBER = /^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*$/;

form.noValidate = true; // our words, beside the question, instead of the browser's
for (const box of form.querySelectorAll("[maxlength]")) box.removeAttribute("maxlength"); // it would cut what is pasted

/** A text of ours with its facts; the server writes it in the page's language (web/site/scripts.py). */
function translate(text, facts = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => facts[name] ?? place);
}

function translatePlural(one, many, number, facts = { number }) {
  return translate(number === 1 ? one : many, facts);
}

/** What is wrong with a text, or nothing. */
function textFault(text, checks) {
  if (checks.required ? !text.trim() : checks.least && !text) return translate("This question needs an answer.");
  const facts = (bound) => ({
    characters: translatePlural("{number} character", "{number} characters", bound),
    count: text.length,
  });
  if (checks.least !== null && text.length < checks.least) {
    return translate("Write at least {characters}. There are {count} now.", facts(checks.least));
  }
  if (checks.most !== null && text.length > checks.most) {
    return translate("Write at most {characters}. There are {count} now.", facts(checks.most));
  }
  if (!text) return "";
  if (checks.number) {
    const number = NUMBER.test(text) ? Number(text) : NaN;
    const outside = (checks.from !== null && number < checks.from) || (checks.to !== null && number > checks.to);
    if (Number.isNaN(number) || outside) return checks.number;
  }
  for (const [regex, flags, said] of checks.patterns) if (!matches(regex, flags, text)) return said;
  return "";
}

/** A pattern that is none cannot be asked for. */
function matches(regex, flags, text) {
  try {
    return new RegExp(regex, flags).test(text);
  } catch {
    return true;
  }
}

function chosen(question) {
  const select = question.querySelector("select");
  if (select) return select.value ? [select.value] : [];
  return [...question.querySelectorAll(".choices input:checked")].map((input) => input.value);
}

/** What is wrong with the answer to a question, or nothing. */
function fault(question) {
  if (question.fileFault) return question.fileFault();
  const text = question.querySelector("[data-checks]");
  if (question.dataset.least === undefined) return textFault(text.value, JSON.parse(text.dataset.checks));
  const values = chosen(question);
  if (values.length < Number(question.dataset.least) || values.length > Number(question.dataset.most)) {
    return question.dataset.wanted;
  }
  if (!values.includes("other")) return "";
  if (!text.value.trim()) return translate("Please say what the other is.");
  return textFault(text.value, JSON.parse(text.dataset.checks));
}

function tell(question) {
  const said = fault(question);
  const place = question.querySelector(".fault");
  if (place.textContent !== said) place.textContent = said;
  question.classList.toggle("wrong", Boolean(said));
  for (const control of question.querySelectorAll("input, select, textarea")) {
    if (said) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
  return said;
}

form.addEventListener("submit", (event) => {
  const wrong = questions.filter(tell);
  const said = translatePlural(
    "1 question still needs an answer.",
    "{number} questions still need an answer.",
    wrong.length,
  );
  faults.textContent = wrong.length ? said : translate("Your answers are handed over.");
  if (!wrong.length) return;
  event.preventDefault();
  const control = wrong[0].querySelector("textarea, select, input:not([type=hidden])");
  const asked = chosen(wrong[0]).includes("other") ? wrong[0].querySelector("[data-checks]") : control;
  asked.focus();
});

addEventListener("answer-refused", () => (faults.textContent = "")); // the page around says why

for (const question of questions) {
  const other = question.querySelector(".other");
  const count = question.querySelector("[data-count]");
  const most = Number(question.dataset.most);

  function follow() {
    const values = question.dataset.least === undefined ? [] : chosen(question);
    other?.classList.toggle("chosen", values.includes("other"));
    if (count) count.textContent = translate("– {number} chosen", { number: values.length });
    const clear = question.querySelector(".clear");
    if (clear) clear.hidden = !values.length;
  }

  if (question.dataset.least === "0" && most === 1 && question.querySelector("input[type=radio]")) {
    const clear = document.createElement("button"); // round buttons cannot be let go of by themselves
    Object.assign(clear, { type: "button", className: "clear", textContent: translate("Clear my choice") });
    clear.addEventListener("click", () => {
      for (const input of question.querySelectorAll("input[type=radio]")) input.checked = false;
      question.querySelector("input[type=radio]").focus();
      follow();
      tell(question);
    });
    question.querySelector(".choices").append(clear);
  }
  question.addEventListener("input", () => {
    faults.textContent = "";
    follow();
    if (question.classList.contains("wrong")) tell(question);
  });
  addEventListener("draft-restored", follow);
  follow();
}
