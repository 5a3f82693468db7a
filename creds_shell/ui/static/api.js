// Talk to the page's own server: POST, JSON, the token of this tab. Errors are sentences with next steps.

import { token } from "./session.js";

/** What the server refused or could not do; `field` names the input it belongs to. */
class ApiError extends Error {
  constructor(
    { code = "failed", message = "something went wrong", hints = [], field = null, ...rest },
    status = 0,
  ) {
    super(message);
    Object.assign(this, { code, hints, field, status, rest });
  }

  /** The tab has no valid token (any more). */
  get lockedOut() {
    return this.status === 401 || this.status === 429;
  }

  /** Nobody answers: the server has stopped. */
  get gone() {
    return this.code === "gone";
  }
}

/** The project, environment and provider that every request is about. */
export const where = { project: null, environment: null, provider: null };

/** Ask the server; resolves with the answer, rejects with an ApiError. */
export async function call(path, body = {}, { signal, bare = false } = {}) {
  const headers = { "content-type": "application/json" };
  if (token()) headers.authorization = `Bearer ${token()}`;
  const about = bare ? {} : Object.fromEntries(Object.entries(where).filter(([, value]) => value));
  let response;
  try {
    response = await fetch(`/api/${path}`, {
      method: "POST",
      headers,
      signal,
      body: JSON.stringify({ ...about, ...body }),
      cache: "no-store",
      credentials: "omit",
      mode: "same-origin",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new ApiError({
      code: "gone",
      message: "creds ui has stopped",
      hints: ["run `creds ui` again in your terminal"],
    });
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(answer.error ?? {}, response.status);
  return answer;
}
