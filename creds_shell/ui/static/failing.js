// One place for what went wrong outside a field: a stopped server and a locked tab change the whole page.

import { toast } from "./toast.js";
import { errorLines } from "./dialog.js";

let onLost = () => {};

/** Say who shows that the page cannot go on. */
export function whenLost(listener) {
  onLost = listener;
}

/** Show a problem. */
export function failed(problem) {
  if (problem.name === "AbortError") return;
  if (problem.gone || problem.lockedOut) {
    onLost(problem);
    return;
  }
  toast(errorLines(problem), { seconds: 20 });
}
