// A chat in a room, whichever pods its people are connected through.

import { Connection } from "./connection.js";
import { showLink } from "./link.js";
import { Log } from "./log.js";
import { find } from "./page.js";

const NAME = /^[a-z0-9-]{1,64}$/;

/** The room that the user is in, if any. */
export class Room {
  #session;
  #connection;
  #log;
  #name;
  #pod;

  constructor(session) {
    this.#session = session;
    find("room-choice").addEventListener("submit", (event) => this.#choose(event));
    find("room-leave").addEventListener("click", () => this.leave());
    find("say").addEventListener("submit", (event) => this.#say(event));
  }

  show() {
    find("room").hidden = false;
    showLink(find("room-link"), "ended");
  }

  hide() {
    if (this.#connection) this.leave();
    find("room").hidden = true;
  }

  hurry() {
    this.#connection?.hurry();
  }

  #choose(event) {
    event.preventDefault();
    const name = find("room-name").value.trim();
    const fit = NAME.test(name) && name !== "items";
    find("room-choice").querySelector(".problem").textContent = fit ? "" : "A room's name is 1 to 64 of a-z, 0-9 and -; items is taken.";
    if (fit) this.#join(name);
  }

  /** Join from where this tab joined first: what was said since is told again, after a reload too. */
  #join(name) {
    const key = `slipway-room-${name}`;
    this.#name = name;
    this.#pod = undefined;
    this.#log = new Log(this.#session.user);
    const connection = new Connection(name, this.#session.token, sessionStorage.getItem(key));
    const on = (type, take) => connection.addEventListener(type, ({ detail }) => take(detail));
    on("welcome", (welcome) => {
      if (sessionStorage.getItem(key) === null) sessionStorage.setItem(key, welcome.last_id);
      this.#welcomed(welcome);
    });
    on("state", (state) => showLink(find("room-link"), state, this.#pod));
    on("event", (frame) => this.#log.happened(frame));
    on("gap", () => this.#log.note("Some of what was said meanwhile is no longer kept."));
    on("acknowledged", (frame) => this.#log.acknowledged(frame));
    on("refused", (frame) => this.#refused(frame));
    on("expired", () => this.#session.expire());
    this.#connection = connection;
    this.#toggle(true);
    connection.open();
    find("say-text").focus();
  }

  leave() {
    this.#connection.close();
    this.#connection = null;
    this.#toggle(false);
    find("room-name").focus();
  }

  #toggle(joined) {
    find("room-title").textContent = joined ? `Room ${this.#name}` : "Room";
    find("room-choice").hidden = joined;
    find("room-leave").hidden = !joined;
    find("say").hidden = !joined;
  }

  #welcomed({ served_by: pod }) {
    if (pod && pod !== this.#pod) this.#log.note(`Connected through ${pod}.`);
    this.#pod = pod;
  }

  #say(event) {
    event.preventDefault();
    const text = find("say-text").value.trim();
    if (!text) return;
    const to = find("say-to").value;
    this.#problem("");
    this.#log.sent(this.#connection.say(text, to), text);
    find("say-text").value = "";
  }

  #refused({ ref, detail }) {
    const text = this.#log.refused(ref);
    this.#problem(detail);
    if (text && !find("say-text").value) find("say-text").value = text;
  }

  #problem(text) {
    find("say").querySelector(".problem").textContent = text;
  }
}
