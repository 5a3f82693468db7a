// Follow what happens elsewhere: the command line, another tab, another process that asks. One request waits on the
// server until something changes, so nothing is polled and a hidden tab hears of a question as well.

import { call } from "./api.js";
import { button, fill, h } from "./dom.js";
import { refresh, state } from "./state.js";
import { showQuestions } from "./asking.js";

const SOON = 60;
let acted = true;

/** Begin to follow; `ended(problem)` is called when the server stops. */
export function follow(ended) {
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(
      kind,
      () => {
        acted = true;
      },
      { passive: true, capture: true },
    );
  }
  loop(ended);
}

async function loop(ended) {
  let questions = "";
  for (;;) {
    try {
      const active = acted;
      acted = false;
      const answer = await call("watch", { revision: state.revision, questions, active });
      if (answer.stopping) return ended({ gone: true });
      showQuestions(answer.asked);
      questions = answer.questions;
      warnOfStop(answer.idle_in);
      if (answer.revision && answer.revision !== state.revision) await refresh();
    } catch (problem) {
      if (problem.gone || problem.lockedOut) return ended(problem);
      await new Promise((resolve) => {
        setTimeout(resolve, 2000);
      });
    }
  }
}

function warnOfStop(seconds) {
  const slot = document.getElementById("banner");
  if (seconds > SOON) return fill(slot);
  if (slot.hasChildNodes()) return undefined;
  return fill(
    slot,
    h(
      "div",
      { class: "banner" },
      h("p", {}, "Nothing happened here for a while: creds ui stops within a minute."),
      button("Stay", {
        kind: "small",
        onclick: () => {
          acted = true;
          fill(slot);
          call("touch", {}, { bare: true }).catch(() => {});
        },
      }),
    ),
  );
}
