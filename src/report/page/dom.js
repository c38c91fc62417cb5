// SPDX-License-Identifier: BSD-3-Clause
// Making elements. Every text becomes a text node: nothing that a capture holds is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === undefined || value === null || value === false) {
            continue;
        }
        if (name.startsWith("on")) {
            node.addEventListener(name.slice(2), value);
        } else {
            node.setAttribute(name, value === true ? "" : value);
        }
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return node;
}

export function html(name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
    return fill(document.createElementNS(SVG, name), attributes, children);
}

export function byId(id) {
    return document.getElementById(id);
}

export function replace(node, ...children) {
    node.replaceChildren(...children.flat(Infinity).filter((child) => child));
}

// A stretch of text in a drawing.
export function label(x, y, css, text) {
    return svg("text", {x, y, class: css}, text);
}
