// One item in the list: shown, edited in place, or about to be deleted.

import { clear, tell } from "./fields.js";
import { announce, button, element } from "./page.js";

const GONE = 404;
const STALE = 412;

/** A row; `store` reads, changes and deletes. */
export class ItemRow {
  #store;
  #etag;

  constructor(store, item) {
    this.#store = store;
    this.node = element("li", { class: "item" });
    this.show(item);
  }

  /** Show the item, unless the user is busy with it: then only say that it has changed. */
  update(item) {
    if (!this.#busy) {
      this.#showAgain(item);
      this.#highlight();
    } else if (item.revision !== this.item.revision) {
      this.#sayStale();
    }
  }

  /** Whoever is on one of the row's buttons stays on it. */
  #showAgain(item) {
    const buttons = () => [...this.node.querySelectorAll("button")];
    const focused = buttons().indexOf(document.activeElement);
    this.show(item);
    buttons()[focused]?.focus();
  }

  get #busy() {
    return this.node.querySelector("form") !== null;
  }

  show(item) {
    this.item = item;
    const about = (word) => ({ class: "quiet small", "aria-label": `${word} ${item.name}` });
    const text = element("div", { class: "item-text" }, element("strong", {}, item.name));
    if (item.description) text.append(element("p", {}, item.description));
    const edit = button("Edit", () => this.#attempt(() => this.#edit()), about("Edit"));
    const remove = button("Delete", () => this.#attempt(() => this.#confirm()), about("Delete"));
    const actions = element("div", { class: "item-actions" }, edit, remove);
    this.node.replaceChildren(text, element("span", { class: "item-price" }, item.price), actions);
  }

  focus() {
    this.node.querySelector("button").focus();
  }

  #highlight() {
    this.node.classList.remove("fresh");
    requestAnimationFrame(() => this.node.classList.add("fresh"));
  }

  /** Read what is stored now, with the ETag that a change must match. */
  async #fetch() {
    const { body, headers } = await this.#store.read(this.item.id);
    this.item = body;
    this.#etag = headers.get("ETag");
  }

  async #attempt(step) {
    try {
      await this.#fetch();
      step();
    } catch (error) {
      this.#store.report(error, this);
    }
  }

  #edit() {
    const id = `item-${this.item.id}`;
    const field = (label, name, value, extra = {}) =>
      element("div", { class: "field" }, element("label", { for: `${id}-${name}` }, label),
        element("input", { id: `${id}-${name}`, name, value, autocomplete: "off", ...extra }));
    const actions = element("div", { class: "actions" }, element("button", {}, "Save"), this.#back("Cancel"));
    const form = this.#form(`Edit ${this.item.name}`,
      field("Name", "name", this.item.name), field("Price", "price", this.item.price, { inputmode: "decimal" }),
      field("Description", "description", this.item.description ?? ""), actions);
    form.addEventListener("submit", (event) => this.#save(event, form));
    form.elements.name.focus();
  }

  #confirm() {
    const yes = element("button", { class: "danger" }, "Delete");
    const form = this.#form(`Delete ${this.item.name}`,
      element("p", { class: "question" }, "Delete ", element("strong", {}, this.item.name), "? This cannot be undone."),
      element("div", { class: "actions" }, yes, this.#back("Keep")));
    form.classList.add("confirm");
    form.addEventListener("submit", (event) => this.#remove(event, form));
    yes.focus();
  }

  /** A form in the row's place, left with Escape. */
  #form(label, ...parts) {
    const leave = (event) => event.key === "Escape" && this.#leave();
    const form = element("form", { class: "item-form", novalidate: true, "aria-label": label, keydown: leave },
      element("p", { class: "problem", role: "alert" }), ...parts);
    this.node.replaceChildren(form);
    return form;
  }

  #back(word) {
    return button(word, () => this.#leave(), { class: "quiet" });
  }

  #leave() {
    this.show(this.item);
    this.focus();
  }

  async #save(event, form) {
    event.preventDefault();
    const { name, price, description } = Object.fromEntries(new FormData(form));
    try {
      clear(form);
      this.show(await this.#store.change(this.item.id, { name, price, description: description || null }, this.#etag));
      this.focus();
      announce(`${this.item.name} was saved.`);
    } catch (error) {
      this.#failed(form, error);
    }
  }

  async #remove(event, form) {
    event.preventDefault();
    try {
      await this.#store.remove(this, this.#etag);
      announce(`${this.item.name} was deleted.`);
    } catch (error) {
      this.#failed(form, error);
    }
  }

  #failed(form, error) {
    if (error.status === STALE) this.#sayStale();
    else if (error.status === GONE) this.#store.report(error, this);
    else tell(form, error);
  }

  /** Somebody else was faster: their version is offered, and nothing of it is overwritten unseen. */
  #sayStale() {
    const place = this.node.querySelector(".problem");
    const reload = button("Show what is stored now", () => this.#attempt(() => this.#edit()), { class: "quiet small" });
    place.replaceChildren("This item has changed meanwhile. Nothing of yours was saved. ", reload);
  }
}
