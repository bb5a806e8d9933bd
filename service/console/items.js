// The user's items, kept up to date by what happens in the room `items`.

import { Connection } from "./connection.js";
import { clear, tell } from "./fields.js";
import { ItemRow } from "./item-row.js";
import { showLink } from "./link.js";
import { announce, find } from "./page.js";

const PATH = "/api/v2/items";
const AT_ONCE = 10;
const GONE = 404;

/** The list, and the form above it. */
export class Items {
  #session;
  #rows = new Map();
  #next = null;
  #connection;
  #pod;
  #key = null;
  #list = find("item-list");

  constructor(session) {
    this.#session = session;
    find("new-item").addEventListener("submit", (event) => this.#create(event));
    find("items-more").addEventListener("click", () => this.#more());
  }

  async show() {
    find("items").hidden = false;
    this.#connect();
    await this.#load();
  }

  hide() {
    this.#connection?.close();
    this.#connection = null;
    this.#rows.clear();
    this.#list.replaceChildren();
    find("items").hidden = true;
  }

  hurry() {
    this.#connection?.hurry();
  }

  // What the rows need.

  read(id) {
    return this.#session.ask("GET", `${PATH}/${id}`);
  }

  async change(id, json, etag) {
    return (await this.#session.ask("PATCH", `${PATH}/${id}`, { json, headers: { "If-Match": etag } })).body;
  }

  async remove(row, etag) {
    await this.#session.ask("DELETE", `${PATH}/${row.item.id}`, { headers: { "If-Match": etag } });
    this.#drop(row);
  }

  report(error, row) {
    if (error.status === GONE) this.#drop(row);
    find("items-note").textContent = error.status === GONE ? `${row.item.name} was deleted meanwhile.` : error.message;
  }

  #connect() {
    const connection = new Connection("items", this.#session.token);
    const on = (type, take) => connection.addEventListener(type, ({ detail }) => take(detail));
    on("welcome", ({ served_by: pod }) => { this.#pod = pod; });
    on("state", (state) => showLink(find("items-link"), state, this.#pod));
    on("event", (event) => this.#happened(event));
    on("gap", () => this.#load());
    on("expired", () => this.#session.expire());
    this.#connection = connection;
    connection.open();
  }

  /** Show the first page anew. */
  async #load() {
    this.#next = null;
    await this.#page((found) => {
      this.#rows.clear();
      this.#list.replaceChildren();
      found.forEach((item) => this.#put(item, false));
    });
  }

  async #more() {
    await this.#page((found) => {
      const rows = found.map((item) => this.#put(item, false));
      rows[0]?.focus();
      announce(`${rows.length} more items are shown.`);
    });
  }

  async #page(take) {
    const cursor = this.#next ? `&cursor=${encodeURIComponent(this.#next)}` : "";
    try {
      const { body } = await this.#session.ask("GET", `${PATH}?sort=-created&limit=${AT_ONCE}${cursor}`);
      this.#next = body.page.next;
      take(body.data);
      this.#tidy();
    } catch (error) {
      find("items-note").textContent = error.message;
    }
  }

  async #create(event) {
    event.preventDefault();
    const form = event.target;
    const { name, price, description } = Object.fromEntries(new FormData(form));
    const json = { name, price, ...(description && { description }) };
    try {
      clear(form);
      this.#put(await this.#store(json), true);
      form.reset();
      form.elements.name.focus();
      announce(`${name} was added.`);
    } catch (error) {
      tell(form, error);
    }
  }

  /** Store once: asked again because no answer came, the service knows the key and does nothing twice. */
  async #store(json) {
    const text = JSON.stringify(json);
    if (this.#key?.text !== text) this.#key = { text, value: `console-${crypto.getRandomValues(new Uint32Array(4)).join("-")}` };
    const { body } = await this.#session.ask("POST", PATH, { json, headers: { "Idempotency-Key": this.#key.value } });
    this.#key = null;
    return body;
  }

  async #happened({ action, item }) {
    const row = this.#rows.get(String(item.id));
    if (action === "deleted") {
      if (row) this.#drop(row);
    } else if (row ? row.item.revision < item.revision : action === "created") {
      await this.#refresh(item);
    }
  }

  async #refresh({ id, name }) {
    try {
      this.#put((await this.read(id)).body, true);
    } catch (error) {
      if (error.status !== GONE) this.report(error, { item: { name } });
    }
  }

  #put(item, first) {
    const id = String(item.id);
    const known = this.#rows.get(id);
    if (known) {
      known.update(item);
      return known;
    }
    const row = new ItemRow(this, item);
    this.#rows.set(id, row);
    if (first) this.#list.prepend(row.node);
    else this.#list.append(row.node);
    this.#tidy();
    return row;
  }

  #drop(row) {
    const neighbour = row.node.nextElementSibling ?? row.node.previousElementSibling;
    const focused = row.node.contains(document.activeElement);
    row.node.remove();
    this.#rows.delete(String(row.item.id));
    if (focused) (neighbour?.querySelector("button") ?? find("items-title")).focus();
    this.#tidy();
  }

  #tidy() {
    find("items-more").hidden = !this.#next;
    find("items-note").textContent = this.#rows.size ? "" : "No items yet. What you add here appears at once on every page of yours.";
  }
}
