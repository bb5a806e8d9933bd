// Requests to the service, and its answers; what it refuses becomes a Problem (RFC 9457).

const LONGEST_MS = 10_000;

/** The service refused; `message` is its sentence, `violations` name fields. */
export class Problem extends Error {
  constructor(status, document, retryAfter) {
    super(sentence(document.detail ?? `The service answered ${status}.`, retryAfter));
    this.status = status;
    this.violations = document.errors ?? [];
  }
}

/** Nobody answered. */
export class AwayError extends Error {
  constructor() {
    super("The service cannot be reached. Nothing was lost: try again in a moment.");
  }
}

const sentence = (detail, retryAfter) =>
  retryAfter ? `${detail} Try again in ${retryAfter} ${retryAfter === "1" ? "second" : "seconds"}.` : detail;

/** Ask the service; the value has the answer's `body` and `headers`. */
export async function ask(method, path, { token, json, form, headers = {} } = {}) {
  const answer = await reach(path, {
    method,
    headers: { Accept: "application/json", ...credentials(token), ...(json && { "Content-Type": "application/json" }), ...headers },
    body: json ? JSON.stringify(json) : form && new URLSearchParams(form),
    cache: "no-store",
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  const body = await readable(answer);
  if (!answer.ok) throw new Problem(answer.status, body, answer.headers.get("Retry-After"));
  return { body, headers: answer.headers };
}

/** The same, for an answer whose status is no surprise: health is a document whether all is well or not. */
export async function read(path, milliseconds) {
  const answer = await reach(path, { cache: "no-store", signal: AbortSignal.timeout(milliseconds) });
  return { ok: answer.ok, body: await readable(answer), headers: answer.headers };
}

const credentials = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

async function reach(path, request) {
  try {
    return await fetch(path, request);
  } catch {
    throw new AwayError();
  }
}

async function readable(answer) {
  try {
    return await answer.json();
  } catch {
    return {};
  }
}
