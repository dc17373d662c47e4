// Own: a form's own properties and methods. A control in it whose name is `elements` or `append` stands before them.

export function own(form, name) {
  const found = Reflect.get(HTMLFormElement.prototype, name, form);
  return typeof found === "function" ? found.bind(form) : found;
}
