// The page's elements: found, made, and spoken of. Data enters as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** The element with the id. */
export const find = (id) => document.getElementById(id);

/** Make an element; an attribute that is a function listens, one that is true or false is set or not. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A button that does not send its form. */
export const button = (text, press, attributes = {}) =>
  element("button", { type: "button", click: press, ...attributes }, text);

/** A shape for a state: "pass", "fail", "warn" or "wait"; the word for it always stands beside. */
export function mark(state) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", `mark ${state}`);
  drawing.setAttribute("aria-hidden", "true");
  const use = drawing.appendChild(document.createElementNS(SVG, "use"));
  use.setAttribute("href", `#mark-${state}`);
  return drawing;
}

/** Show a state by shape and words; what is shown already is left alone, so that it is not read out again. */
export function showState(place, state, words) {
  if (place.dataset.state === state && place.textContent === words) return;
  place.dataset.state = state;
  place.replaceChildren(mark(state), element("span", {}, words));
}

/** Have a screen reader say it when it has nothing better to do. */
export function announce(text) {
  find("announcer").textContent = text;
}

/** A moment as people say it. */
export const clock = (moment) => new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
