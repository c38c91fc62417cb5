// SPDX-License-Identifier: BSD-3-Clause
// The list of connections. Only the rows in sight are in the document, however many there are.

import {COLUMN, findingsOf, page, word} from "./data.js";
import {byId, html, replace} from "./dom.js";
import {filterRows, withWord} from "./filter.js";
import {explainButton, SEVERITY_ORDER, severitySign, stateChip} from "./marks.js";
import {go, note} from "./route.js";
import {counted, duration, endpoint, number, octets, plainWord, seconds} from "./words.js";

const ROW_HEIGHT = 30;
const NARROW_ROW_HEIGHT = 74;
const MOST_PIXELS = 8000000; // browsers cannot scroll much further
const SPARE = 8;
const MOST_PRINTED = 1000; // rows: some twenty sheets

const COLUMNS = [
    {name: "id", title: "#", css: "right", key: (row) => row[COLUMN.id], text: (row) => html("a", {class: "open", href: `#connection=${row[COLUMN.id]}`, tabindex: "-1"}, `#${row[COLUMN.id]}`)},
    {name: "severity", title: "!", label: "severity", key: (row) => -row[COLUMN.severity], text: (row) => signOf(row)},
    {name: "client", title: "client", css: "grow", key: (row) => row[COLUMN.clientAddress], text: (row) => endpoint(row[COLUMN.clientAddress], row[COLUMN.clientPort])},
    {name: "server", title: "server", css: "grow", key: (row) => row[COLUMN.serverAddress], text: (row) => endpoint(row[COLUMN.serverAddress], row[COLUMN.serverPort])},
    {name: "handshake", title: "began", key: (row) => row[COLUMN.handshake], text: (row) => plainWord(word("handshakes", row[COLUMN.handshake]))},
    {name: "teardown", title: "ended", key: (row) => row[COLUMN.teardown], text: (row) => plainWord(word("teardowns", row[COLUMN.teardown]))},
    {name: "states", title: "states at the end", css: "states", key: (row) => row[COLUMN.clientState] * 16 + row[COLUMN.serverState], text: (row) => statesOf(row)},
    {name: "start", title: "start (s)", css: "right", key: (row) => row[COLUMN.start], text: (row) => seconds(row[COLUMN.start])},
    {name: "duration", title: "lasted", css: "right", key: (row) => row[COLUMN.duration], text: (row) => duration(row[COLUMN.duration])},
    {name: "rtt", title: "rtt", css: "right", key: (row) => row[COLUMN.rtt] ?? Infinity, text: (row) => duration(row[COLUMN.rtt])},
    {name: "bytes", title: "octets", css: "right", key: (row) => -(row[COLUMN.clientBytes] + row[COLUMN.serverBytes]), text: (row) => octets(row[COLUMN.clientBytes] + row[COLUMN.serverBytes])},
    {name: "findings", title: "findings", css: "grow", key: (row) => -row[COLUMN.findings].length, text: (row) => findingLinks(row)},
];

function signOf(row) {
    const severity = word("severities", row[COLUMN.severity]);
    return severity ? [severitySign(severity), html("span", {class: "unseen"}, severity)] : "";
}

function statesOf(row) {
    return [row[COLUMN.clientState], row[COLUMN.serverState]].map((state) => stateChip(word("states", state)));
}

function findingLinks(row) {
    const counts = new Map();
    const rank = ({severity}) => SEVERITY_ORDER.indexOf(severity);
    const found = findingsOf(row).sort((one, other) => rank(one) - rank(other)); // where there is little room, the worst is seen
    found.forEach(({id}) => counts.set(id, (counts.get(id) ?? 0) + 1));
    return [...counts].map(([id, count], i) => [i > 0 && ", ", explainButton(id), count > 1 && ` ×${count}`]);
}

function sorted(rows, sort) {
    const down = sort.startsWith("-");
    const column = COLUMNS.find(({name}) => name === sort.replace(/^-/, "")) ?? COLUMNS[0];
    const sign = down ? -1 : 1;
    const keyed = rows.map((row) => [column.key(row), row]);
    keyed.sort(([one, a], [other, b]) => sign * (one < other ? -1 : one > other ? 1 : 0) || a[COLUMN.id] - b[COLUMN.id]);
    return keyed.map(([, row]) => row);
}

// What the list shows, which the view of a connection walks through as well.
export const shown = {rows: [], filter: "", sort: "id", at: 0, printing: false};

export function chooseRows(filter, sort) {
    shown.filter = filter ?? "";
    shown.sort = sort || "id";
    shown.rows = sorted(filterRows(page.rows, shown.filter), shown.sort);
    shown.at = Math.min(shown.at, Math.max(0, shown.rows.length - 1));
}

function head(onSort) {
    return html("div", {class: "row head", role: "row", "aria-rowindex": "1"}, COLUMNS.map((column) => {
        const up = shown.sort === column.name, down = shown.sort === `-${column.name}`;
        return html("div", {class: `cell ${column.name} ${column.css ?? ""}`, role: "columnheader", "aria-sort": up ? "ascending" : down ? "descending" : "none"},
            html("button", {type: "button", "aria-label": `Sort by ${column.label ?? column.title}`, onclick: () => onSort(up ? `-${column.name}` : column.name)},
                column.title, html("span", {"aria-hidden": "true"}, up ? " ↑" : down ? " ↓" : "")));
    }));
}

function rowNode(row, index) {
    const active = index === shown.at;
    const node = html("div", {class: "row", role: "row", id: `row-${row[COLUMN.id]}`, "aria-rowindex": index + 2, "aria-selected": active ? "true" : "false"},
        COLUMNS.map((column) => html("div", {class: `cell ${column.name} ${column.css ?? ""}`, role: "gridcell"}, column.text(row))));
    // Tab goes from the grid to what the chosen row explains, not through all rows.
    node.querySelectorAll("[data-explain]").forEach((link) => link.setAttribute("tabindex", active ? "0" : "-1"));
    return node;
}

function choice(title, name, values, onChange) {
    const current = shown.filter.split(/\s+/).find((token) => token.startsWith(`${name}:`))?.slice(name.length + 1) ?? "";
    return html("label", {}, html("span", {}, title), html("select", {"data-name": name, onchange: (event) => onChange(withWord(shown.filter, name, event.target.value))},
        html("option", {value: ""}, "any"),
        values.map(([value, text]) => html("option", {value, selected: value === current}, text ?? value))));
}

let layGridOut = null; // of the list that was made last

function preparePrint(printing) {
    if (shown.printing !== printing) {
        shown.printing = printing;
        layGridOut?.();
    }
}

addEventListener("beforeprint", () => preparePrint(true));
addEventListener("afterprint", () => preparePrint(false));
matchMedia("print").addEventListener("change", (event) => preparePrint(event.matches));

// The rows of the window that are in sight, and the grid around them.
function makeGrid(onSort) {
    const space = html("div", {class: "space"});
    const grid = html("div", {class: "grid", role: "grid", tabindex: "0", "aria-label": "Connections", "aria-colcount": COLUMNS.length});
    const body = html("div", {class: "window", role: "rowgroup"});
    const height = () => matchMedia("(max-width: 900px)").matches ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
    const firstInSight = () => {
        const visible = grid.clientHeight / height();
        const room = space.offsetHeight - grid.clientHeight;
        return room <= 0 ? 0 : grid.scrollTop / room * Math.max(0, shown.rows.length - visible + 2);
    };
    // Rows are made anew while one of their links may have the focus.
    const focused = () => {
        const row = body.contains(document.activeElement) ? document.activeElement.closest(".row") : null;
        return row && {id: row.id, at: [...row.querySelectorAll("a")].indexOf(document.activeElement)};
    };
    const refocus = (focus) => {
        if (focus) {
            const row = byId(focus.id);
            const link = row?.ariaSelected === "true" ? row.querySelectorAll("a")[focus.at] : null;
            (link ?? grid).focus({preventScroll: true});
        }
    };
    // On paper nothing scrolls: the rows stand one below the other, and what is too much is said.
    const drawAll = () => {
        const rest = shown.rows.length - MOST_PRINTED;
        space.style.height = body.style.transform = "";
        replace(body, shown.rows.slice(0, MOST_PRINTED).map((row, i) => rowNode(row, i)),
            rest > 0 && html("p", {class: "rest"}, `and ${counted(rest, "connection")} more: a filter chooses what is printed`));
    };
    const draw = () => {
        if (shown.printing) {
            drawAll();
            return;
        }
        const first = Math.max(0, Math.floor(firstInSight()) - SPARE);
        const end = Math.min(shown.rows.length, first + Math.ceil(grid.clientHeight / height()) + 2 * SPARE);
        const above = (Math.floor(firstInSight()) - first) * height() + (firstInSight() % 1) * height();
        body.style.transform = `translateY(${Math.max(0, grid.scrollTop - above)}px)`;
        const focus = focused();
        replace(body, shown.rows.slice(first, end).map((row, i) => rowNode(row, first + i)));
        refocus(focus);
        const active = shown.rows[shown.at];
        grid.setAttribute("aria-activedescendant", active ? `row-${active[COLUMN.id]}` : "");
    };
    const reveal = () => {
        const visible = Math.floor(grid.clientHeight / height()) - 2;
        const room = space.offsetHeight - grid.clientHeight;
        const first = firstInSight();
        const range = Math.max(1, shown.rows.length - grid.clientHeight / height() + 2);
        if (shown.at < first || shown.at > first + visible - 1) {
            grid.scrollTop = Math.max(0, shown.at < first ? shown.at : shown.at - visible + 1) / range * room;
        }
        draw();
    };
    const refresh = () => {
        grid.setAttribute("aria-rowcount", shown.rows.length + 1);
        space.style.height = `${Math.min(MOST_PIXELS, (shown.rows.length + 2) * height())}px`;
        const sorting = [...grid.querySelectorAll(".head button")].indexOf(document.activeElement);
        replace(grid, head(onSort), space);
        space.append(body);
        draw();
        if (sorting >= 0) {
            grid.querySelectorAll(".head button")[sorting].focus({preventScroll: true});
        }
    };
    grid.addEventListener("scroll", () => requestAnimationFrame(draw), {passive: true});
    grid.addEventListener("keydown", (event) => {
        const visible = Math.max(1, Math.floor(grid.clientHeight / height()) - 2);
        const steps = {ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: visible, PageUp: -visible, Home: -Infinity, End: Infinity};
        if (event.key in steps && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            shown.at = Math.max(0, Math.min(shown.rows.length - 1, shown.at + steps[event.key]));
            reveal();
        } else if (event.key === "Enter" && event.target === grid && shown.rows[shown.at]) {
            event.preventDefault();
            go({view: "connection", connection: shown.rows[shown.at][COLUMN.id]});
        }
    });
    new ResizeObserver(refresh).observe(grid);
    layGridOut = () => {
        refresh();
        reveal();
    };
    return {grid, refresh, reveal};
}

export function listView(route) {
    const status = html("p", {class: "status", role: "status"});
    const field = html("input", {type: "search", id: "filter", value: route.filter ?? "", placeholder: "address, state, finding … or state:TIME_WAIT -port:443", autocomplete: "off", spellcheck: "false"});
    const choices = html("div", {class: "choices"});
    const words = page.overview.words;
    const update = (filter, sort) => {
        chooseRows(filter, sort);
        replace(choices,
            choice("Severity", "severity", [["error"], ["warning", "warning or above"], ["notice", "notice or above"], ["info", "any finding"], ["none", "no finding"]], set),
            choice("Verdict", "verdict", [...new Set([...words.handshakes, ...words.teardowns])].map((value) => [value, plainWord(value)]), set),
            choice("State", "state", words.states.map((value) => [value]), set),
            choice("Finding", "id", Object.keys(page.report.summary.anomalies).map((value) => [value]), set));
        const shelves = page.overview.shelves.reduce((sum, shelf) => sum + shelf.seen, 0);
        replace(status, shown.rows.length === page.rows.length ? counted(page.rows.length, "connection") : `${number(shown.rows.length)} of ${counted(page.rows.length, "connection")}`,
            shelves > page.rows.length && ` (${number(shelves - page.rows.length)} are not in this page)`);
        table.refresh();
    };
    // What a person changed; another view may have been opened before a timer came.
    const change = (filter, sort) => {
        if (view.isConnected) {
            update(filter, sort);
            note({view: "connections", filter: shown.filter, sort: shown.sort === "id" ? "" : shown.sort});
        }
    };
    const set = (filter) => {
        field.value = filter;
        change(filter, shown.sort);
    };
    const table = makeGrid((sort) => change(shown.filter, sort));
    let waiting = 0;
    field.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => change(field.value, shown.sort), 120);
    });
    field.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown" || event.key === "Enter") {
            event.preventDefault();
            clearTimeout(waiting);
            change(field.value, shown.sort);
            table.grid.focus();
        }
    });
    const view = html("div", {class: "list"}, html("h1", {class: "unseen"}, "Connections"),
        html("form", {class: "filters", role: "search", onsubmit: (event) => event.preventDefault()},
            html("label", {class: "search"}, html("span", {}, "Filter"), field), choices), status, table.grid);
    let wants = route; // until the first frame, from which on the list shows it
    view.update = (wanted) => {
        wants = wanted;
        if ((wanted.filter ?? "") !== shown.filter || (wanted.sort || "id") !== shown.sort) {
            field.value = wanted.filter ?? "";
            update(field.value, wanted.sort);
        }
    };
    requestAnimationFrame(() => {
        field.value = wants.filter ?? "";
        update(field.value, wants.sort);
        table.reveal();
    });
    return view;
}
