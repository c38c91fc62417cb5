// SPDX-License-Identifier: BSD-3-Clause
// What is shown stands in the address behind '#', so that it can be sent to someone:
// connection=17&frame=40, connections&filter=...&sort=..., explain=fin-unanswered.

export function readRoute() {
    const route = {view: "overview"};
    for (const part of location.hash.slice(1).split("&")) {
        const [name, ...rest] = part.split("=");
        const value = safelyDecoded(rest.join("="));
        if (name === "connections" || name === "overview") {
            route.view = name;
        } else if (name === "connection") {
            route.view = "connection";
            route.connection = /^\d+$/.test(value) ? Number(value) : value; // what is no number is named as it was typed
        } else if (["frame", "filter", "sort", "explain"].includes(name)) {
            route[name] = value;
        }
    }
    return route;
}

function safelyDecoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

export function routeText(route) {
    const parts = [route.view === "connection" ? `connection=${encodeURIComponent(route.connection)}` : route.view];
    for (const name of ["frame", "filter", "sort", "explain"]) {
        if (route[name]) {
            parts.push(`${name}=${encodeURIComponent(route[name])}`);
        }
    }
    return `#${parts.join("&")}`;
}

// Goes there, as a step that the browser's "back" takes back.
export function go(route) {
    location.hash = routeText(route);
}

// Notes what is shown now, without a step.
export function note(route) {
    history.replaceState(null, "", routeText(route));
}
