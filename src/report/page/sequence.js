// SPDX-License-Identifier: BSD-3-Clause
// Time and sequence numbers of one direction: what was sent, acknowledged and allowed.

import {ticks} from "./charts.js";
import {html, label, svg} from "./dom.js";
import {otherSide} from "./steps.js";
import {duration, number} from "./words.js";

const PLOT = {height: 260, left: 58, bottom: 26, top: 10, right: 10};

function stepLine(points) {
    return points.map(([x, y], i) => i === 0 ? `M${x} ${y}` : `H${x}V${y}`).join("");
}

// The kinds of marks, each with a form of its own.
const FORMS = {
    data: (x, y1, y2) => svg("path", {class: "data", d: `M${x - 3} ${y2}h6m-3 0V${y1}m-3 0h6`}),
    again: (x, y1, y2) => svg("path", {class: "again", d: `M${x - 4} ${y2}l8 8m0-8l-8 8M${x} ${y2}V${y1}`}),
    late: (x, y1, y2) => svg("path", {class: "late", d: `M${x - 4} ${y2}h8V${y1}h-8z`}),
    SYN: (x, y) => svg("circle", {class: "syn", cx: x, cy: y, r: 4.5}),
    FIN: (x, y) => svg("path", {class: "fin", d: `M${x} ${y - 6}l6 6-6 6-6-6z`}),
    RST: (x, y) => svg("path", {class: "rst", d: `M${x - 5} ${y - 5}l10 10m0-10l-10 10`}),
};
const NAMES = {data: "data", again: "sent again", late: "fills a hole", SYN: "SYN", FIN: "FIN", RST: "RST", ack: "acknowledged", window: "window"};

function marksOf(rows, side) {
    const marks = [];
    const seen = [];
    rows.forEach((row, index) => {
        const segment = row.segment;
        if (row.kind !== "segment" || segment.side !== side || segment.seq === null) {
            return;
        }
        const special = ["SYN", "FIN", "RST"].find((flag) => segment.flags.includes(flag));
        const end = segment.seq + segment.length + (/SYN|FIN/.test(segment.flags) ? 1 : 0);
        const again = seen.some(([from, to]) => segment.seq < to && end > from);
        const late = seen.some(([from]) => end <= from);
        if (segment.length > 0 || again) {
            marks.push({kind: again ? "again" : late ? "late" : "data", index, time: row.time, from: segment.seq, to: end});
        }
        if (special) {
            marks.push({kind: special, index, time: row.time, from: end, to: end});
        }
        if (special !== "RST" && end > segment.seq) {
            seen.push([segment.seq, end]);
        }
    });
    return marks;
}

function linesOf(rows, side) {
    const acks = [], windows = [];
    for (const row of rows) {
        if (row.kind === "segment" && row.segment.side === otherSide(side) && row.segment.ack !== null && !row.segment.flags.includes("RST")) {
            acks.push([row.time, row.segment.ack]);
            windows.push([row.time, row.segment.ack + row.segment.window]);
        }
    }
    return {acks, windows};
}

// Draws one direction; withWindow stretches the scale up to the window's edge.
export function sequencePlot(rows, side, selected, withWindow, width, onSelect) {
    const marks = marksOf(rows, side);
    const {acks, windows} = linesOf(rows, side);
    if (marks.length + acks.length === 0) {
        return html("p", {class: "quiet"}, `No sequence number of the ${side} is known.`);
    }
    const times = rows.filter((row) => row.kind === "segment").map((row) => row.time);
    const first = Math.min(...times), span = Math.max(...times) - first || 1;
    const values = [...marks.map((mark) => mark.to), ...acks.map((ack) => ack[1]), ...(withWindow ? windows.map((edge) => edge[1]) : [])];
    const lowest = Math.min(0, ...marks.map((mark) => mark.from), ...acks.map((ack) => ack[1]));
    const range = Math.max(1, Math.max(...values) - lowest);
    const x = (time) => PLOT.left + 8 + (width - PLOT.left - PLOT.right - 16) * (time - first) / span;
    const y = (value) => PLOT.height - PLOT.bottom - 6 - (PLOT.height - PLOT.top - PLOT.bottom - 12) * (value - lowest) / range;
    const points = (list) => list.map(([time, value]) => [x(time).toFixed(1), y(value).toFixed(1)]);
    const grid = ticks(range, 4, 1).map((value) => [svg("path", {class: "grid", d: `M${PLOT.left} ${y(value + lowest)}H${width - PLOT.right}`}),
        label(PLOT.left - 6, y(value + lowest) + 4, "axis end", number(Math.round(value + lowest)))]);
    const now = rows[selected];
    const kinds = [...new Set(marks.map((mark) => mark.kind)), ...(acks.length > 0 ? ["ack"] : []), ...(withWindow ? ["window"] : [])];
    return html("div", {}, svg("svg", {viewBox: `0 0 ${width} ${PLOT.height}`, class: "chart sequence", role: "img",
        "aria-label": `Sequence numbers of the ${side} over time: ${marks.filter((mark) => mark.kind === "data").length} segments with data, ${marks.filter((mark) => mark.kind === "again").length} sent again`,
        onclick: (event) => {
            const mark = event.target.closest("[data-row]");
            if (mark) {
                onSelect(Number(mark.dataset.row));
            }
        }},
    grid, ticks(span, Math.min(4, width / 100)).map((time) => label(x(first + time), PLOT.height - 6, "axis middle", duration(time))),
    now && svg("path", {class: "cursor", d: `M${x(now.time)} ${PLOT.top}V${PLOT.height - PLOT.bottom}`}),
    withWindow && windows.length > 0 && svg("path", {class: "windowline", d: stepLine(points(windows))}),
    acks.length > 0 && svg("path", {class: "ackline", d: stepLine(points(acks))}),
    marks.map((mark) => svg("g", {"data-row": mark.index, class: mark.index === selected ? "selected" : null},
        svg("title", {}, `frame ${rows[mark.index].frame}: ${NAMES[mark.kind]}`), FORMS[mark.kind](x(mark.time), y(mark.from), y(mark.to))))),
    html("div", {class: "legend"}, kinds.map((kind) => html("span", {class: "key"},
        svg("svg", {width: 20, height: 16, "aria-hidden": "true"}, kind === "ack" ? svg("path", {class: "ackline", d: "M1 12H10V4H19"})
            : kind === "window" ? svg("path", {class: "windowline", d: "M1 12H10V4H19"}) : FORMS[kind](10, 8, 4)), NAMES[kind]))));
}
