// Questions of other processes: a coding agent asks for a value or for leave, the person answers here.

import { call } from "./api.js";
import { announce, button, h } from "./dom.js";
import { errorLines, openDialog, whileBusy } from "./dialog.js";
import { refresh } from "./state.js";
import { valueField } from "./valuefield.js";
import { toast } from "./toast.js";

const open = new Map();
const TITLE = document.title;

// What each kind of question is called, and what is said when a person said yes.
const KINDS = {
  value: {
    title: ({ keys }) => `asks for ${keys[0]}`,
    label: ({ keys }) => `Value of ${keys[0]}`,
    done: ({ keys }) => `Saved ${keys[0]}`,
    yes: "Save",
  },
  rotate: {
    title: ({ keys }) => `asks for a new value of ${keys[0]}`,
    label: () => "New value",
    done: ({ keys }) => `Rotated ${keys[0]}`,
    yes: "Rotate",
  },
  permission: {
    title: ({ action }) => `wants to ${action}`,
    done: () => "Allowed, this once",
    yes: "Yes, this once",
  },
};

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
  const { id, kind, keys } = question;
  const who = question.agent ?? "A program of yours";
  const value = kind === "permission" ? null : valueField({ label: KINDS[kind].label(question) });
  const said = h("div", { class: "callout bad", role: "alert", hidden: true });
  const yes = button(KINDS[kind].yes, { kind: value ? "primary" : "danger", type: "submit" });
  const no = button("Decline", {
    kind: value ? "quiet" : "",
    autofocus: value ? null : true,
    onclick: () => whileBusy(no, () => answer("no")),
  });
  const dialog = openDialog({
    title: `${who} ${KINDS[kind].title(question)}`,
    body: [explanation(question, who), value?.element, said],
    foot: [no, yes],
    onsubmit: () => {
      const content = value ? value.read() : {};
      return content && whileBusy(yes, () => answer("yes", content));
    },
    onclose: () => {
      open.delete(id);
      if (!dialog.done && !dialog.withdrawn) {
        call("answer", { id, answer: "no" }, { bare: true }).catch(() => {});
      }
    },
  });
  value?.focus();
  announce(`${who} asks a question`);

  async function answer(word, content = {}) {
    try {
      await call("answer", { id, answer: word, ...content }, { bare: true });
    } catch (problem) {
      refused(problem);
      return;
    }
    dialog.done = true;
    dialog.close();
    toast(word === "yes" ? KINDS[kind].done(question) : "Declined");
    refresh().catch(() => {});
  }

  function refused(problem) {
    if (problem.code === "confirm_name") value.askFor(keys[0]);
    const atField = problem.field === "value";
    if (atField) value.wrong(...errorLines(problem));
    else said.replaceChildren(...errorLines(problem));
    said.hidden = atField;
  }
  return dialog;
}

function explanation({ kind, project, environment, keys, reason }, who) {
  const place = project ? `${project} (${environment})` : "this setup";
  const text =
    kind === "permission"
      ? `In ${place}. Say yes only if you asked for this.`
      : `It goes into ${place}. ${who} can use it through creds exec, and does not see it here.`;
  return [
    h("p", {}, text),
    kind === "permission" && keys.length > 0 && h("p", {}, "Keys: ", h("code", {}, keys.join(" "))),
    reason && h("div", { class: "callout" }, h("span", {}, `Its reason, in its words: “${reason}”`)),
  ];
}
