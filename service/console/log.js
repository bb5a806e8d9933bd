// What was said in a room, in the service's order; and below it what the service has not acknowledged yet.

import { clock, element, find, mark } from "./page.js";

const KEPT = 500; // lines

/** The lines of one stay in a room. */
export class Log {
  #me;
  #lines = find("messages");
  #outbox = find("outbox");
  #people = new Map();
  #waiting = new Map(); // reference -> {text, node, id}
  #told = new Set(); // ids of my messages that have come back

  constructor(me) {
    this.#me = me;
    this.#lines.hidden = false;
    this.#lines.replaceChildren();
    this.#outbox.replaceChildren();
    this.#showPeople();
    this.#tidy();
  }

  happened(frame) {
    if (frame.type === "message") this.#message(frame);
    else this.#presence(frame);
  }

  note(text) {
    this.#add(element("li", { class: "note" }, text));
  }

  sent(ref, text) {
    const node = element("li", {}, mark("wait"), element("span", {}, text, " ", element("small", {}, "not acknowledged yet")));
    this.#waiting.set(ref, { text, node });
    this.#outbox.append(node);
    this.#tidy();
  }

  acknowledged({ ref, id }) {
    const waiting = this.#waiting.get(ref);
    if (!waiting) return;
    waiting.id = id;
    waiting.node.querySelector("small").textContent = "acknowledged";
    if (this.#told.has(id)) this.#settle(ref);
  }

  /** The text that the service would not take. */
  refused(ref) {
    const text = this.#waiting.get(ref)?.text;
    this.#settle(ref);
    return text;
  }

  #settle(ref) {
    this.#waiting.get(ref)?.node.remove();
    this.#waiting.delete(ref);
    this.#tidy();
  }

  #message({ id, from, text, to, sent_at: at }) {
    this.#meet(from);
    const mine = from.id === this.#me.id;
    const who = element("span", { class: "who" }, element("strong", {}, mine ? "You" : from.name), ...this.#only(to, mine));
    const when = element("time", { datetime: at }, clock(at));
    const receipt = mine ? [element("span", { class: "receipt" }, mark("pass"), element("span", { class: "unseen" }, "acknowledged"))] : [];
    this.#add(element("li", { class: `message${mine ? " mine" : ""}${to ? " personal" : ""}`, "data-id": id },
      who, when, element("p", {}, element("span", { class: "text" }, text), ...receipt)));
    if (mine) this.#mineTold(id);
  }

  #only(to, mine) {
    if (!to) return [];
    const name = this.#people.get(to) ?? `user ${to}`;
    return [element("em", {}, mine ? ` to ${name} only` : " to you only")];
  }

  #mineTold(id) {
    this.#told.add(id);
    const [ref] = [...this.#waiting].find(([, waiting]) => waiting.id === id) ?? [];
    if (ref) this.#settle(ref);
  }

  #presence({ type, user }) {
    this.#meet(user);
    const name = user.id === this.#me.id ? "You" : user.name;
    this.note(type === "joined" ? `${name} joined.` : `${name} left.`);
  }

  #meet({ id, name }) {
    if (id === this.#me.id || this.#people.get(id) === name) return;
    this.#people.set(id, name);
    this.#showPeople();
  }

  #showPeople() {
    const select = find("say-to");
    const chosen = select.value;
    const options = [...this.#people].map(([id, name]) => element("option", { value: id }, `${name} only`));
    select.replaceChildren(element("option", { value: "" }, "Everyone"), ...options);
    select.value = this.#people.has(chosen) ? chosen : "";
  }

  /** Follow the end, unless the user reads further up. */
  #add(line) {
    const { scrollTop, scrollHeight, clientHeight } = this.#lines;
    const following = scrollHeight - scrollTop - clientHeight < 40;
    this.#lines.append(line);
    if (this.#lines.childElementCount > KEPT) this.#lines.firstElementChild.remove();
    if (following) this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #tidy() {
    this.#outbox.hidden = this.#waiting.size === 0;
  }
}
