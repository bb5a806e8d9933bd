// The form that logs in or registers.

import { clear, tell } from "./fields.js";
import { find } from "./page.js";

const LOG_IN = {
  title: "Log in",
  lead: "Items and rooms belong to users. What runs here is shown to everyone.",
  send: "Log in",
  other: "Register instead",
  password: "current-password",
};
const REGISTER = {
  title: "Register",
  lead: "A password has 12 characters or more.",
  send: "Register",
  other: "Log in instead",
  password: "new-password",
};

/** Let the session be begun. */
export class Access {
  #session;
  #form = find("access-form");
  #registering = false;

  constructor(session) {
    this.#session = session;
    this.#form.addEventListener("submit", (event) => this.#send(event));
    find("access-switch").addEventListener("click", () => this.#switch(!this.#registering));
    this.#switch(false);
  }

  show(reason) {
    find("access").hidden = false;
    this.#switch(false);
    find("access-problem").textContent = reason;
  }

  hide() {
    find("access").hidden = true;
    this.#form.reset();
  }

  #switch(registering) {
    const words = registering ? REGISTER : LOG_IN;
    this.#registering = registering;
    clear(this.#form);
    find("name-field").hidden = !registering;
    find("password").autocomplete = words.password;
    find("access-title").textContent = words.title;
    find("access-lead").textContent = words.lead;
    find("access-send").textContent = words.send;
    find("access-switch").textContent = words.other;
  }

  async #send(event) {
    event.preventDefault();
    const { email, name, password } = Object.fromEntries(new FormData(this.#form));
    find("access-send").disabled = true;
    try {
      clear(this.#form);
      await (this.#registering ? this.#session.register(email, name, password) : this.#session.logIn(email, password));
    } catch (error) {
      tell(this.#form, error, { username: "email" });
    } finally {
      find("access-send").disabled = false;
    }
  }
}
