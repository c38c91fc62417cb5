// SPDX-License-Identifier: BSD-3-Clause
// The filter of the list: words, all of which must fit. name:value asks for one thing, -word turns it round.

import {COLUMN, findingsOf, page, word} from "./data.js";
import {endpoint} from "./words.js";

function stateNames(row) {
    return [word("states", row[COLUMN.clientState]), word("states", row[COLUMN.serverState])];
}

function verdicts(row) {
    return [word("handshakes", row[COLUMN.handshake]), word("teardowns", row[COLUMN.teardown])];
}

const same = (one, other) => one.toLowerCase().replaceAll("-", "_") === other.toLowerCase().replaceAll("-", "_");

const QUESTIONS = {
    state: (row, value) => stateNames(row).some((state) => same(state, value)),
    client: (row, value) => same(stateNames(row)[0], value),
    server: (row, value) => same(stateNames(row)[1], value),
    verdict: (row, value) => verdicts(row).some((verdict) => same(verdict, value)),
    handshake: (row, value) => same(verdicts(row)[0], value),
    teardown: (row, value) => same(verdicts(row)[1], value),
    id: (row, value) => /^\d+$/.test(value) ? row[COLUMN.id] === Number(value)
        : findingsOf(row).some((finding) => finding.id.includes(value.toLowerCase())),
    address: (row, value) => row[COLUMN.clientAddress] === value || row[COLUMN.serverAddress] === value,
    port: (row, value) => row[COLUMN.clientPort] === Number(value) || row[COLUMN.serverPort] === Number(value),
    severity: (row, value) => value === "none" ? row[COLUMN.severity] < 0
        : row[COLUMN.severity] >= page.overview.words.severities.indexOf(value) && row[COLUMN.severity] >= 0,
};

export const QUESTION_NAMES = Object.keys(QUESTIONS);

function holdsText(row, text) {
    return `#${row[COLUMN.id]}` === text ||
        [endpoint(row[COLUMN.clientAddress], row[COLUMN.clientPort]),
            endpoint(row[COLUMN.serverAddress], row[COLUMN.serverPort]), ...stateNames(row), ...verdicts(row),
            ...findingsOf(row).map((finding) => finding.id)].some((part) => part.toLowerCase().includes(text));
}

function condition(token) {
    if (token.length > 1 && token.startsWith("-")) {
        const inner = condition(token.slice(1));
        return (row) => !inner(row);
    }
    const [name, ...rest] = token.split(":");
    const value = rest.join(":");
    if (QUESTIONS[name] && value) {
        return (row) => QUESTIONS[name](row, value);
    }
    const text = token.toLowerCase();
    return (row) => holdsText(row, text);
}

export function filterRows(rows, text) {
    const conditions = text.split(/\s+/).filter(Boolean).map(condition);
    return conditions.length === 0 ? rows : rows.filter((row) => conditions.every((holds) => holds(row)));
}

// Puts a word in a filter in place of one with the same name; an empty value takes it out.
export function withWord(text, name, value) {
    const rest = text.split(/\s+/).filter((token) => token && !token.startsWith(`${name}:`));
    return [...rest, ...(value ? [`${name}:${value}`] : [])].join(" ");
}
