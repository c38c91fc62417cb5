// SPDX-License-Identifier: BSD-3-Clause
// The data of the page: texts that were deflated, in base64. What is not looked at stays packed.

import {communityId} from "./community.js";
import {byId} from "./dom.js";

export const COLUMN = {
    id: 0, position: 1, clientAddress: 2, clientPort: 3, serverAddress: 4, serverPort: 5, start: 6, duration: 7,
    handshake: 8, teardown: 9, clientState: 10, serverState: 11, frames: 12, clientBytes: 13, serverBytes: 14, rtt: 15,
    findings: 16, severity: 17, place: 18,
};
const SEVERITIES = 4;
const OPEN_BLOCKS = 8;

export const page = {report: null, overview: null, rows: [], byId: new Map()};
const blocks = new Map();
let explanations = null;

function unpacked(text) {
    if (Uint8Array.fromBase64) {
        return Uint8Array.fromBase64(text);
    }
    const packed = atob(text);
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) {
        bytes[i] = packed.charCodeAt(i);
    }
    return bytes;
}

async function openText(id) {
    const stream = new Blob([unpacked(byId(id).textContent)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).text();
}

// Rows are in the order of the blocks: a row's place tells where its connection is.
function prepareRow(row, place) {
    const worst = row[COLUMN.findings].reduce((most, finding) => Math.max(most, finding % SEVERITIES), -1);
    row[COLUMN.severity] = worst;
    row[COLUMN.place] = place;
    page.byId.set(row[COLUMN.id], row);
}

export async function openPage() {
    const [report, overview, index] = await Promise.all(["report", "overview", "index"].map(openText));
    page.report = JSON.parse(report);
    page.overview = JSON.parse(overview);
    page.rows = JSON.parse(index);
    page.rows.forEach(prepareRow);
}

// The shelves fill their blocks each on its own: only the last block of a shelf may hold fewer.
function blockOf(place) {
    let number = 0;
    for (const shelf of page.overview.shelves) {
        if (place < shelf.kept) {
            return [number + Math.floor(place / page.overview.block), place % page.overview.block];
        }
        place -= shelf.kept;
        number += Math.ceil(shelf.kept / page.overview.block);
    }
    return null;
}

function openBlock(number) {
    let lines = blocks.get(number);
    blocks.delete(number);
    lines ??= openText(`block-${number}`).then((text) => text.split("\n"));
    blocks.set(number, lines);
    if (blocks.size > OPEN_BLOCKS) {
        blocks.delete(blocks.keys().next().value);
    }
    return lines;
}

// The CONNECTION object of a row.
export async function openConnection(row) {
    const [number, line] = blockOf(row[COLUMN.place]);
    const connection = JSON.parse((await openBlock(number))[line]);
    return {...connection, first_frame: connection.id, community_id: communityId(connection)};
}

export async function openExplanations() {
    explanations ??= openText("explanations").then(JSON.parse);
    return explanations;
}

export function word(list, index) {
    return page.overview.words[list][index];
}

// The findings of a row: [{id, severity}].
export function findingsOf(row) {
    return row[COLUMN.findings].map((finding) => ({
        id: word("anomalies", Math.floor(finding / SEVERITIES)),
        severity: word("severities", finding % SEVERITIES),
    }));
}
