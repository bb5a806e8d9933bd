// Who is logged in. The token is kept in sessionStorage: it survives a reload of this tab, ends with the tab, is sent by no
// browser of its own accord as a cookie is, and this page runs no script but its own (its policy), so none can read it.

import { ask, Problem } from "./api.js";

const KEY = "slipway-session";
const UNAUTHORIZED = 401;

/** Tells "changed" when somebody logs in or out; `reason` then says why, where it was not the user's wish. */
export class Session extends EventTarget {
  #kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");

  get token() {
    return this.#kept?.token;
  }

  get user() {
    return this.#kept?.user;
  }

  async register(email, name, password) {
    await ask("POST", "/api/v2/users", { json: { email, name, password } });
    await this.logIn(email, password);
  }

  async logIn(email, password) {
    const form = { grant_type: "password", username: email, password };
    const token = (await ask("POST", "/api/v2/tokens", { form })).body.access_token;
    const user = (await ask("GET", "/api/v2/users/me", { token })).body;
    this.#keep({ token, user: { id: String(user.id), name: user.name } });
  }

  logOut(reason = "") {
    if (this.#kept) this.#keep(null, reason);
  }

  expire() {
    this.logOut("Your session has ended; log in again to go on.");
  }

  /** Ask as the user; a token that is no longer good ends the session. */
  async ask(method, path, options = {}) {
    try {
      return await ask(method, path, { ...options, token: this.token });
    } catch (error) {
      if (error instanceof Problem && error.status === UNAUTHORIZED) this.expire();
      throw error;
    }
  }

  #keep(kept, reason = "") {
    if (!kept) sessionStorage.clear(); // also what rooms noted: the next user of this tab gets none of it
    else sessionStorage.setItem(KEY, JSON.stringify(kept));
    this.#kept = kept;
    this.dispatchEvent(new CustomEvent("changed", { detail: { reason } }));
  }
}
