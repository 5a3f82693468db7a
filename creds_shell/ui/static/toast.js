// Short messages at the lower edge, read out politely. One with an action waits while it is pointed at or focused.

import { button, h, iconButton } from "./dom.js";

/** Show a message for some seconds; `action` is { label, run } or null. */
export function toast(text, { action = null, seconds = action ? 20 : 6 } = {}) {
  const region = document.getElementById("toasts");
  const element = h(
    "div",
    { class: "toast" },
    h("p", {}, text),
    action &&
      button(action.label, {
        kind: "small",
        onclick: () => {
          close();
          action.run();
        },
      }),
    iconButton("Dismiss", "close", () => close()),
  );
  let timer = null;
  const close = () => {
    clearTimeout(timer);
    const hadFocus = element.contains(document.activeElement);
    element.remove();
    if (hadFocus) document.getElementById("main").focus({ preventScroll: true });
  };
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(close, 1000 * seconds);
  };
  const hold = () => clearTimeout(timer);
  element.addEventListener("pointerenter", hold);
  element.addEventListener("pointerleave", start);
  element.addEventListener("focusin", hold);
  element.addEventListener("focusout", start);
  while (region.children.length > 2) region.firstChild.remove();
  region.append(element);
  start();
  return { close };
}
