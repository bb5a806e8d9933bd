// The state of a connection, in a shape and in words.

import { showState } from "./page.js";

const WORDS = {
  connecting: ["wait", "Connecting"],
  connected: ["pass", "Live"],
  degraded: ["warn", "Degraded: events wait until Redis is back"],
  reconnecting: ["wait", "Reconnecting"],
  ended: ["wait", "Not connected"],
};

/** Show the connection's state in the place; `pod` is who serves it, where that is known. */
export function showLink(place, state, pod) {
  const [shape, words] = WORDS[state];
  showState(place, shape, state === "connected" && pod ? `${words}, through ${pod}` : words);
}
