// Adding, editing, rotating and showing one secret. What a person typed stays in the dialog until it is stored.

import { call } from "./api.js";
import { VERBATIM, announce, button, h } from "./dom.js";
import { errorLines, field, openDialog, whileBusy } from "./dialog.js";
import { fetchValue, hide } from "./reveal.js";
import { capsOf, refresh } from "./state.js";
import { focusKey } from "./deleting.js";
import { toast } from "./toast.js";
import { valueField } from "./valuefield.js";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Add a secret. */
export function newDialog(name = "") {
  const key = field(
    "Key",
    h("input", {
      class: "input mono",
      value: name,
      ...VERBATIM,
      autocapitalize: "characters",
      placeholder: "API_KEY",
      maxlength: 512,
      autofocus: name ? null : true,
    }),
    { note: "Letters, digits and _; programs read it under this name." },
  );
  const value = valueField({});
  edit({
    title: "New secret",
    key,
    value,
    path: "put",
    version: () => null,
    done: (saved) => `Saved ${saved}`,
  });
}

/** Change the value of a secret. */
export function editDialog({ key, version, provider, description }) {
  if (!capsOf(provider).can_write) return toast(`${provider} is read-only here`);
  const value = valueField({
    label: "New value",
    load: () => fetchValue(key, "edit"),
    note: "The value stays hidden. Type a new one, or load the current one to change it.",
  });
  return edit({
    title: `Edit ${key}`,
    about: description,
    name: key,
    value,
    path: "put",
    version: () => version,
    from: provider,
    done: () => `Saved ${key}`,
  });
}

/** Give a secret a new value and note the time. */
export function rotateDialog({ key, version, provider }) {
  const value = valueField({ label: "New value" });
  edit({
    title: `Rotate ${key}`,
    about:
      "The new value replaces the old one, and the age of the key starts again. Change it where it was issued first.",
    name: key,
    value,
    path: "rotate",
    version: () => version,
    from: provider,
    done: () => `Rotated ${key}`,
    verb: "Rotate",
  });
}

function edit({
  title,
  about = null,
  key = null,
  name = null,
  value,
  path,
  version,
  from = null,
  done,
  verb = "Save",
}) {
  const said = h("div", { class: "callout bad", role: "alert", hidden: true });
  const submit = button(verb, { kind: "primary", type: "submit" });
  let base = version();
  const dialog = openDialog({
    title,
    body: [about && h("p", {}, about), key?.element, value.element, said],
    foot: [button("Cancel", { kind: "quiet", onclick: () => dialog.close() }), submit],
    onsubmit: () => whileBusy(submit, save),
  });
  value.input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit.click();
  });
  if (!key) value.focus();

  async function save() {
    said.hidden = true;
    const target = name ?? key.input.value.trim();
    if (key && !NAME.test(target)) {
      key.wrong(
        target ? "A key is letters, digits and _, and does not begin with a digit." : "A key is needed.",
      );
      return key.input.focus();
    }
    const content = value.read();
    if (!content) return undefined;
    try {
      await call(path, { key: target, version: base, from, ...content });
    } catch (problem) {
      return refused(problem, target);
    }
    hide(target);
    dialog.close();
    await refresh().catch(() => {});
    focusKey(target);
    return toast(done(target));
  }

  function refused(problem, target) {
    if (problem.code === "changed") return conflict(problem, target);
    if (problem.code === "confirm_name") value.askFor(target);
    const place = { key, value }[problem.field];
    if (place) {
      place.wrong(...errorLines(problem));
      return (place.input ?? place).focus();
    }
    said.replaceChildren(...errorLines(problem));
    said.hidden = false;
    return undefined;
  }

  // Somebody else wrote this key since the dialog was opened; nothing of either side is lost without a decision.
  function conflict(problem, target) {
    const gone = problem.rest.version === null;
    const isNew = base === null;
    said.replaceChildren(
      h(
        "strong",
        {},
        isNew
          ? `${target} exists already.`
          : gone
            ? `${target} was deleted in the meantime.`
            : `${target} was changed in the meantime.`,
      ),
      h("span", {}, "Your text is still here."),
      h(
        "span",
        { class: "actions" },
        button(isNew ? "Replace the existing value" : gone ? "Store it again" : "Replace theirs with mine", {
          kind: "small",
          onclick: () => {
            base = problem.rest.version;
            submit.click();
          },
        }),
        !isNew &&
          button("Keep theirs", {
            kind: "small quiet",
            onclick: () => {
              dialog.close();
              refresh().catch(() => {});
            },
          }),
      ),
    );
    said.hidden = false;
    said.querySelector("button").focus();
  }
}

/** Show a whole value, with its lines, for as long as the dialog is open and 30 seconds at most. */
export async function fullValueDialog({ key, provider }) {
  const { value, encoding } = await fetchValue(key, "reveal");
  const dialog = openDialog({
    title: key,
    wide: true,
    body: [
      h(
        "p",
        {},
        `From ${provider}${encoding === "base64" ? "; it is not text, so this is its base64" : ""}. Hidden again in 30 seconds.`,
      ),
      h("pre", { class: "full-value", tabindex: "0", "aria-label": `Value of ${key}` }, value),
    ],
    foot: [
      button("Copy", {
        iconName: "copy",
        onclick: () => navigator.clipboard.writeText(value).then(() => announce(`Copied ${key}`)),
      }),
      button("Hide", { kind: "primary", type: "submit", autofocus: true }),
    ],
    onsubmit: () => dialog.close(),
    onclose: () => clearTimeout(timer),
  });
  const timer = setTimeout(() => dialog.close(), 30_000);
}
