// What is wrong with a form, said at the field it concerns.

const SUBJECT = /^(String|Value|Input|Decimal input|Field)\b/;
const SENTENCES = {
  missing: (label) => `${label} is needed.`,
  string_pattern_mismatch: (label, field) =>
    field.type === "email" ? `${label} must look like ann@example.com.` : `${label} holds a character that is not allowed.`,
  string_too_short: (label, field, message) => (field.value === "" ? `${label} is needed.` : worded(label, message)),
  too_short: (label, _field, message) => `${label} needs ${message.match(/\d+/)} characters or more.`,
  decimal_parsing: (label) => `${label} must be a number such as 12.50.`,
  decimal_type: (label) => `${label} must be a number such as 12.50.`,
};

/** Take back what was said before. */
export function clear(form) {
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  for (const said of form.querySelectorAll(".field .problem")) said.remove();
  form.querySelector(".problem").textContent = "";
}

/** Say what the service refused; `names` maps its members to the form's fields where they differ. */
export function tell(form, error, names = {}) {
  clear(form);
  const elsewhere = (error.violations ?? []).filter((violation) => !tellField(form, violation, names));
  const general = error.violations?.length ? elsewhere.map((violation) => violation.message).join(" ") : error.message;
  form.querySelector(".problem").textContent = general;
  form.querySelector("[aria-invalid]")?.focus();
}

function tellField(form, { pointer, code, message }, names) {
  const member = pointer.slice(1);
  const field = form.elements.namedItem(names[member] ?? member);
  if (!field) return false;
  const label = field.labels[0].firstChild.textContent.trim();
  const said = document.createElement("p");
  said.id = `${field.id}-problem`;
  said.className = "problem";
  said.textContent = (SENTENCES[code] ?? ((name) => worded(name, message)))(label, field, message);
  field.after(said);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", said.id);
  return true;
}

/** The library's sentence with the field as its subject. */
function worded(label, message) {
  const said = message.replace(SUBJECT, label);
  return said.endsWith(".") ? said : `${said}.`;
}
