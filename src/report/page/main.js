// SPDX-License-Identifier: BSD-3-Clause
// Begins, and shows what the address asks for.

import {connectionView} from "./connection.js";
import {openPage, page} from "./data.js";
import {byId, html, replace} from "./dom.js";
import {prepareExplanation, showExplanation} from "./explain.js";
import {listView} from "./list.js";
import {overviewView} from "./overview.js";
import {readRoute, routeText} from "./route.js";

let current = null;
let view = null;

// What decides which view is shown; the rest of a route changes within it.
function identity(route) {
    return routeText({view: route.view, connection: route.connection});
}

function markNavigation(route) {
    for (const link of document.querySelectorAll("#navigation a")) {
        const here = link.getAttribute("href") === `#${route.view}`;
        link.toggleAttribute("data-here", here || (route.view === "connection" && link.getAttribute("href") === "#connections"));
        link.setAttribute("aria-current", here ? "page" : "false");
    }
}

async function show() {
    const route = readRoute();
    if (identity(route) !== current) {
        current = identity(route);
        const made = route.view === "connection" ? await connectionView(route) : route.view === "connections" ? listView(route) : overviewView();
        if (current !== identity(route)) {
            return; // something else was asked for meanwhile
        }
        view = made;
        const moved = byId("main").childElementCount > 0;
        replace(byId("main"), view);
        markNavigation(route);
        document.title = `${view.title ? `${view.title} · ` : ""}${captureName()} · finwait`;
        if (moved) {
            scrollTo(0, 0);
            byId("main").focus({preventScroll: true});
        }
    } else {
        view.update?.(route);
    }
    await showExplanation(route);
}

function captureName() {
    const {captures} = page.report;
    const name = captures[0]?.path?.split("/").at(-1) ?? "report";
    return captures.length > 1 ? `${name} and ${captures.length - 1} more` : name;
}

function onKey(event) {
    const typing = event.target.closest("input, select, textarea, dialog, .grid, .plot");
    if (event.ctrlKey || event.metaKey || event.altKey || typing) {
        return;
    }
    const button = event.target.closest("button, a, summary");
    const key = view?.keys?.[event.key];
    if (key && !(button && ["Enter", " "].includes(event.key))) {
        event.preventDefault();
        key();
    } else if (event.key === "/") {
        event.preventDefault();
        location.hash = "#connections";
        requestAnimationFrame(() => byId("filter")?.focus());
    }
}

function chooseScheme() {
    const root = document.documentElement;
    const dark = root.dataset.scheme ? root.dataset.scheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.scheme = dark ? "light" : "dark";
}

async function begin() {
    try {
        await openPage();
    } catch (error) {
        replace(byId("main"), html("p", {class: "banner"}, `This page cannot be shown: ${error.message}. It needs a browser of 2023 or later.`));
        throw error;
    }
    byId("capture").textContent = captureName();
    byId("version").textContent = `${page.report.tool.name} ${page.report.tool.version}`;
    byId("scheme").addEventListener("click", chooseScheme);
    prepareExplanation();
    addEventListener("hashchange", show);
    byId("skip").addEventListener("click", (event) => {
        event.preventDefault();
        byId("main").focus();
    });
    document.addEventListener("keydown", onKey);
    await show();
    document.documentElement.dataset.ready = "true";
}

begin();
