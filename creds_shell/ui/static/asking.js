// Questions of other processes: a coding agent asks for a value or for leave, the person answers here.

import { call } from "./api.js";
import { announce, button, h } from "./dom.js";
import { errorLines, openDialog, whileBusy } from "./dialog.js";
import { refresh } from "./state.js";
import { valueField } from "./valuefield.js";
import { toast } from "./toast.js";

const open = new Map();
const TITLE = document.title;

/** Show what is asked now; what was withdrawn or answered elsewhere goes away. */
export function showQuestions(questions) {
  const names = new Set(questions.map((question) => question.id));
  for (const [name, dialog] of open) {
    if (!names.has(name)) {
      dialog.withdrawn = true;
      dialog.close();
    }
  }
  for (const question of questions) {
    if (!open.has(question.id)) open.set(question.id, ask(question));
  }
  document.title = questions.length ? `(${questions.length}) ${TITLE} asks` : TITLE;
}

function ask(question) {
  const { id, kind, agent, project, environment, keys, reason } = question;
  const who = agent ?? "A program of yours";
  const value = kind === "value" ? valueField({ label: `Value of ${keys[0]}` }) : null;
  const said = h("div", { class: "callout bad", role: "alert", hidden: true });
  const yes = button(value ? "Save" : "Yes, this once", {
    kind: value ? "primary" : "danger",
    type: "submit",
  });
  const no = button("Decline", {
    kind: value ? "quiet" : "",
    autofocus: value ? null : true,
    onclick: () => answer({ answer: "no" }),
  });
  const dialog = openDialog({
    title: value ? `${who} asks for ${keys[0]}` : `${who} wants to ${question.action}`,
    body: [
      h(
        "p",
        {},
        value
          ? `It goes into ${project} (${environment}). ${who} can use it through creds exec, and does not see it here.`
          : `In ${project || "this setup"}${project ? ` (${environment})` : ""}. Say yes only if you asked for this.`,
      ),
      !value && keys.length > 0 && h("p", {}, "Keys: ", h("code", {}, keys.join(" "))),
      reason && h("div", { class: "callout" }, h("span", {}, `Its reason, in its words: “${reason}”`)),
      value?.element,
      said,
    ],
    foot: [no, yes],
    onsubmit: () =>
      whileBusy(yes, () => answer(value ? { answer: "yes", ...value.read() } : { answer: "yes" })),
    onclose: () => {
      open.delete(id);
      if (!dialog.done && !dialog.withdrawn) {
        call("answer", { id, answer: "no" }, { bare: true }).catch(() => {});
      }
    },
  });
  value?.focus();
  announce(`${who} asks a question`);

  async function answer(content) {
    if (content.empty) {
      value.wrong("A value is needed.", " If it is meant to be empty, say so below.");
      value.offerEmpty();
      value.focus();
      return;
    }
    try {
      await call("answer", { id, ...content }, { bare: true });
    } catch (problem) {
      if (value && problem.field === "value") value.wrong(...errorLines(problem));
      else said.replaceChildren(...errorLines(problem));
      said.hidden = said.childNodes.length === 0;
      return;
    }
    dialog.done = true;
    dialog.close();
    toast(content.answer === "yes" ? (value ? `Saved ${keys[0]}` : "Allowed, this once") : "Declined");
    refresh().catch(() => {});
  }
  return dialog;
}
