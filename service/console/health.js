// What runs here and how it is: asked every two seconds while somebody looks.

import { AwayError, ask, read } from "./api.js";
import { clock, element, find, mark, showState } from "./page.js";

const EVERY_MS = 2000;
const PATIENCE_MS = 4000;
const FORGET_MS = 60_000;
const FINISHING = "This pod finishes what it has begun; what is new goes to another.";

/** Tells "back" when the service answers again. */
export class Health extends EventTarget {
  #pods = new Map();
  #away = null; // since when
  #returned = "";
  #timer;

  start() {
    document.addEventListener("visibilitychange", () => this.#look());
    this.#look();
  }

  /** A hidden tab asks nothing; one that is seen again asks at once. */
  #look() {
    clearTimeout(this.#timer);
    if (!document.hidden) this.#ask();
  }

  async #ask() {
    const begin = performance.now();
    try {
      const answer = await read("/health", PATIENCE_MS);
      this.#show(answer, performance.now() - begin);
    } catch (error) {
      if (!(error instanceof AwayError)) throw error;
      this.#showAway();
    } finally {
      clearTimeout(this.#timer);
      if (!document.hidden) this.#timer = setTimeout(() => this.#ask(), EVERY_MS);
    }
  }

  #show({ ok, body, headers }, milliseconds) {
    const { draining = false, checks = {}, event_loop_lag_seconds: lag = 0 } = body;
    const pod = headers.get("X-Served-By") ?? "unknown";
    if (!this.#pods.has(pod) || this.#away) this.#introduce();
    this.#pods.set(pod, { seen: Date.now(), draining, ok });
    if (this.#away) this.#comeBack();
    showState(find("verdict"), ...verdict(ok, draining));
    find("checks").replaceChildren(...Object.entries(checks).map(([name, check]) => line(name, check)));
    find("fact-lag").textContent = `${(lag * 1000).toFixed(1)} ms`;
    find("fact-trip").textContent = `${milliseconds.toFixed(0)} ms`;
    find("checks-note").textContent = draining ? FINISHING : this.#returned;
    this.#showPods();
  }

  #showAway() {
    this.#away ??= Date.now();
    showState(find("verdict"), "fail", "Not reachable, trying again");
    find("checks").replaceChildren(element("li", {}, mark("wait"), element("span", {}, "unknown while nobody answers")));
    find("fact-lag").textContent = find("fact-trip").textContent = "–";
    find("checks-note").textContent = `Nobody has answered since ${clock(this.#away)}.`;
    this.#showPods();
  }

  #comeBack() {
    this.#returned = `Reachable again; nobody answered from ${clock(this.#away)} to ${clock(Date.now())}.`;
    this.#away = null;
    this.dispatchEvent(new Event("back"));
  }

  #showPods() {
    for (const [name, { seen }] of this.#pods) if (Date.now() - seen > FORGET_MS) this.#pods.delete(name);
    const known = [...this.#pods].sort(([one], [other]) => one.localeCompare(other));
    find("pods").replaceChildren(...known.map(([name, pod]) => podLine(name, pod)));
  }

  /** Ask what runs, which only changes when another pod answers. */
  async #introduce() {
    try {
      const { body } = await ask("GET", "/api/version");
      find("fact-version").textContent = body.version;
      find("fact-environment").textContent = body.environment;
      find("fact-versions").textContent = body.api_versions.map((number) => `v${number}`).join(", ");
      find("fact-rooms").textContent = body.shared ? "across pods, over Redis" : "in this process alone";
      find("docs-link").hidden = body.environment === "production";
    } catch {
      // the next answer of health says whether anybody is there
    }
  }
}

function verdict(ok, draining) {
  if (draining) return ["warn", "Draining"];
  return ok ? ["pass", "All checks pass"] : ["fail", "Not ready"];
}

function line(name, { status, output }) {
  const fit = status === "pass";
  const words = element("span", { class: "words" }, fit ? "passes" : "fails", output ? ` · ${output}` : "");
  return element("li", {}, mark(fit ? "pass" : "fail"), element("span", {}, element("strong", {}, name), " ", words));
}

function podLine(name, { seen, draining, ok }) {
  const ago = Math.round((Date.now() - seen) / 1000);
  const state = draining ? "draining" : ok ? "serves" : "not ready";
  const when = ago < EVERY_MS / 1000 ? "just now" : `${ago} s ago`;
  const shape = draining ? "warn" : ok ? "pass" : "fail";
  const words = element("span", { class: "words" }, `${state} · ${when}`);
  return element("li", {}, mark(shape), element("span", {}, element("code", {}, name), " ", words));
}
