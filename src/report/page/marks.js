// SPDX-License-Identifier: BSD-3-Clause
// Signs that the views share. None of them speaks by its colour alone.

import {html} from "./dom.js";

const SIGNS = {error: "✖", warning: "▲", notice: "◆", info: "●"};

export const SEVERITY_ORDER = ["error", "warning", "notice", "info"];

export function severitySign(severity) {
    return html("span", {class: `sign ${severity}`, "aria-hidden": "true"}, SIGNS[severity]);
}

export function severityBadge(severity) {
    return html("span", {class: `badge ${severity}`}, severitySign(severity), severity);
}

export function stateChip(state, mark = "") {
    return html("a", {class: `chip state-${state}`, href: explainLink(state), "data-explain": state}, html("span", {class: "swatch"}), state + mark);
}

// Explanations open over what is shown: the link keeps the rest of the address.
export function explainLink(name) {
    const parts = location.hash.slice(1).split("&").filter((part) => part && !part.startsWith("explain="));
    return `#${[...parts, `explain=${encodeURIComponent(name)}`].join("&")}`;
}

export function explainButton(name, text = name) {
    return html("a", {class: "explained", href: explainLink(name), "data-explain": name, title: `What ${text} means`}, text);
}

export function card(title, ...children) {
    const id = `card-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
    return html("section", {class: "card", "aria-labelledby": id}, html("h2", {id}, title), ...children);
}
