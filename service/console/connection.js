// A place in a room that is kept: lost, it is taken again from the last event seen on, and what was not acknowledged is sent
// again under its reference, which the service tells once.

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
const AGAIN_MS = 1000;
const RESTART = 1012;
const UNAUTHORIZED = 4401;
const PASSING = new Set(["unavailable", "too_fast"]);

/**
 * Tells "state" (connecting, connected, degraded, reconnecting, ended), "welcome", "event" for what happens in the room,
 * "gap" where some of it is no longer kept, "acknowledged" and "refused" for what was sent, and "expired".
 */
export class Connection extends EventTarget {
  #room;
  #token;
  #lastId;
  #socket;
  #timer;
  #attempts = 0;
  #pending = new Map();

  constructor(room, token, lastId = null) {
    super();
    this.#room = room;
    this.#token = token;
    this.#lastId = lastId;
  }

  open() {
    this.#change("connecting");
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#change("ended");
  }

  /** There is reason to think that the service is back. */
  hurry() {
    if (this.state !== "reconnecting") return;
    this.#attempts = 0;
    this.#connect();
  }

  /** Send a text, now or when that is possible; the value is its reference. */
  say(text, to) {
    const ref = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.#pending.set(ref, { type: "message", text, ref, ...(to && { to }) });
    if (this.state === "connected") this.#send(this.#pending.get(ref));
    return ref;
  }

  #connect() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(new URL(`/ws/rooms/${this.#room}`, location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    const mine = (take) => (event) => this.#socket === socket && take(event);
    const first = { type: "auth", token: this.#token, ...(this.#lastId !== null && { last_id: this.#lastId }) };
    socket.addEventListener("open", mine(() => this.#send(first)));
    socket.addEventListener("message", mine(({ data }) => this.#take(JSON.parse(data))));
    socket.addEventListener("close", mine(({ code }) => this.#lost(code)));
  }

  #lost(code) {
    this.#socket = null;
    if (code === UNAUTHORIZED) {
      this.#change("ended");
      this.#tell("expired");
      return;
    }
    // Everyone who was on the pod comes back: not all in the same instant.
    const longest = code === RESTART ? AGAIN_MS : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#change("reconnecting");
    this.#timer = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
  }

  #take(frame) {
    const takers = {
      welcome: () => this.#welcomed(frame),
      state: () => this.#usable(frame.degraded),
      ack: () => this.#acknowledged(frame),
      error: () => this.#refused(frame),
      gap: () => this.#tell("gap", frame),
    };
    (takers[frame.type] ?? (() => this.#happened(frame)))();
  }

  #welcomed(frame) {
    this.#attempts = 0;
    this.#lastId ??= frame.last_id;
    this.#tell("welcome", frame);
    this.#usable(frame.degraded);
  }

  #usable(degraded) {
    this.#change(degraded ? "degraded" : "connected");
    if (!degraded) for (const frame of this.#pending.values()) this.#send(frame);
  }

  #happened(frame) {
    if (frame.id) this.#lastId = frame.id;
    this.#tell("event", frame);
  }

  #acknowledged(frame) {
    if (this.#pending.delete(frame.ref)) this.#tell("acknowledged", frame);
  }

  /** What may be accepted in a moment is said again; the rest is given back. */
  #refused(frame) {
    const again = this.#pending.get(frame.ref);
    if (again && PASSING.has(frame.code)) {
      setTimeout(() => this.#pending.has(frame.ref) && this.state === "connected" && this.#send(again), AGAIN_MS);
      return;
    }
    this.#pending.delete(frame.ref);
    this.#tell("refused", frame);
  }

  #send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #change(state) {
    this.state = state;
    this.#tell("state", state);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
