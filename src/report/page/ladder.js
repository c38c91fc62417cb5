// SPDX-License-Identifier: BSD-3-Clause
// The ladder as a drawing.

import {html, label, svg} from "./dom.js";
import {explainLink} from "./marks.js";
import {rowLabel, rowText, SIDES} from "./steps.js";
import {duration, MARKS, seconds} from "./words.js";

const BAR = 10;
const SLANT = 8;
const HEAD_ROOM = 34;
const ROW = 36;
const LEAST_ROW = 22;
const LOST_ROOM = 10; // for the words below an arrow
const LOST_WORDS = {text: "lost or not taken", below: 24, half: 58};
const WHERE = {beyond: 0.75, before: 0.25};

// Where things stand, by the width that there is.
function layoutFor(width) {
    if (width >= 700) {
        return {wide: true, width, frame: 62, time: 150, client: 268, server: width - 176, row: ROW, badge: width - 56};
    }
    const aside = Math.max(104, Math.min(130, width * 0.2));
    return {wide: false, width, client: aside, server: width - aside, row: ROW + 16};
}

function heights(rows, layout, byTime) {
    const spans = rows.map((row, i) => i === 0 ? 0 : Math.max(0, row.time - rows[i - 1].time));
    const total = spans.reduce((sum, span) => sum + span, 0);
    const room = rows.length * (layout.row - LEAST_ROW) * 1.6;
    let y = HEAD_ROOM + layout.row / 2;
    return rows.map((row, i) => {
        const step = byTime && total > 0 ? Math.max(layout.wide ? LEAST_ROW : layout.row - 8, LEAST_ROW / 2 + room * spans[i] / total) : layout.row;
        y += i === 0 ? 0 : step + (rows[i - 1].lost === "beyond" ? LOST_ROOM : 0);
        return y;
    });
}

function cross(x, y) {
    return svg("g", {class: "cross"}, svg("circle", {class: "ground", cx: x, cy: y, r: 8}),
        svg("path", {d: `M${x - 5} ${y - 5}l10 10m0-10l-10 10`}));
}

function bar(side, layout, from, to, state) {
    const x = layout[side] - BAR / 2;
    const shade = {presumed: "hatch", assumed: "dots"}[state.certainty];
    const height = Math.max(0, to - from);
    return [svg("rect", {class: `bar state-${state.state}`, x, y: from, width: BAR, height}, svg("title", {}, `${side} ${state.state}, ${state.certainty}`)),
        shade && svg("rect", {class: shade, x: x + 1, y: from, width: BAR - 2, height})];
}

function lifelines(rows, ys, layout, bottom) {
    return SIDES.map((side) => {
        const parts = [];
        let from = HEAD_ROOM - 8, state = rows[0]?.before[side];
        rows.forEach((row, i) => {
            if (row.steps[side].length > 0) {
                const y = ys[i] + (row.side && row.side !== side ? SLANT : 0);
                parts.push(bar(side, layout, from, y, state));
                from = y;
                state = row.after[side];
            }
        });
        return [parts, state && bar(side, layout, from, bottom, state)];
    });
}

function arrow(row, y, layout) {
    const from = layout[row.side] + (row.side === "client" ? BAR / 2 : -BAR / 2);
    const way = (layout.server - layout.client - BAR) * (row.side === "client" ? 1 : -1);
    const share = WHERE[row.lost] ?? 1;
    const end = [from + way * share, y + SLANT * share];
    return [svg("path", {class: `arrow ${row.kind === "ghost" ? "missing" : ""}`, d: `M${from} ${y}L${end[0]} ${end[1]}`, "marker-end": share === 1 ? "url(#head)" : null}),
        share < 1 && cross(...end),
        row.lost === "beyond" && label(Math.min(layout.server - LOST_WORDS.half, Math.max(layout.client + LOST_WORDS.half, end[0])),
            y + LOST_WORDS.below + (layout.wide ? 0 : 12), "middle small lost", LOST_WORDS.text)];
}

function stateLabels(row, y, layout) {
    return SIDES.map((side) => {
        const x = layout[side] + (side === "client" ? -12 : 12);
        const at = y + 4 + (row.side && row.side !== side ? SLANT : 0);
        const css = side === "client" ? "end" : "";
        const step = row.steps[side].at(-1);
        const refuted = row.refuted[side].at(-1);
        if (step) {
            return svg("a", {href: explainLink(step.to), "data-explain": step.to, tabindex: "-1"}, label(x, at, `strong ${css}`, step.to + MARKS[step.certainty]));
        }
        return refuted && [label(x, at, `refuted ${css}`, refuted.to), cross(layout[side], at - 4),
            refuted.settled_by && label(x, at + 13, `small dim ${css}`, `not so: ${layout.wide ? "frame " : "#"}${refuted.settled_by}`)];
    });
}

function badges(row, y, layout, connection) {
    const start = layout.wide ? layout.badge : layout.server + 20;
    const at = layout.wide ? y : y + 26;
    return row.findings.slice(0, 3).map((index, i) => svg("g", {class: `finding ${connection.anomalies[index].severity}`},
        svg("title", {}, connection.anomalies[index].id),
        svg("circle", {cx: start + i * 21, cy: at, r: 9}), label(start + i * 21, at + 4, "middle small strong", String(index + 1))));
}

function place(row, y, layout) {
    if (layout.wide) {
        return [row.frame && label(layout.frame, y + 4, "end", String(row.frame)),
            row.kind !== "gap" && row.kind !== "ghost" && label(layout.time, y + 4, "end dim", seconds(row.time))];
    }
    const text = [row.frame && `#${row.frame}`, row.kind !== "gap" && row.kind !== "ghost" && `${seconds(row.time)} s`].filter(Boolean).join("  ");
    return label((layout.client + layout.server) / 2, y + SLANT + (row.lost === "beyond" ? 16 : 12), "middle small dim", text);
}

function drawRow(row, i, y, layout, connection, raw) {
    const middle = (layout.client + layout.server) / 2;
    const whole = rowLabel(row, connection, raw);
    const text = layout.wide ? whole : whole.replace(/ octets?$/, " B");
    return svg("g", {class: `step ${row.kind}`, "data-row": i, "aria-label": rowText(row, connection, raw)},
        place(row, y, layout), row.side && arrow(row, y, layout), stateLabels(row, y, layout),
        text && label(middle, row.kind === "ghost" ? y - 7 : row.side ? y - 2 : y + 4, row.kind === "segment" ? "middle label" : "middle small dim label", text),
        badges(row, y, layout, connection));
}

function definitions() {
    return svg("defs", {},
        svg("pattern", {id: "presumed", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"}, svg("rect", {class: "ground", width: 3, height: 6})),
        svg("pattern", {id: "assumed", width: 5, height: 5, patternUnits: "userSpaceOnUse"}, svg("rect", {class: "ground", width: 5, height: 3}), svg("rect", {class: "ground", width: 2, height: 5})),
        svg("marker", {id: "head", viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 8, markerHeight: 8, orient: "auto"}, svg("path", {class: "head", d: "M0 1 10 5 0 9z"})));
}

// A ladder that is drawn anew when its width, spacing or numbers change. onSelect(row index).
export function makeLadder(connection, rows, onSelect) {
    const holder = html("div", {class: "ladder", tabindex: "0", role: "group", "aria-label": "Ladder of segments: arrow keys step through it"});
    const options = {byTime: false, raw: false};
    let selected = 0, hits = [], width = 0;
    const mark = () => {
        hits.forEach((hit, i) => hit.classList.toggle("selected", i === selected));
    };
    const draw = () => {
        const layout = layoutFor(Math.max(300, holder.clientWidth));
        const ys = heights(rows, layout, options.byTime);
        const bottom = (ys.at(-1) ?? HEAD_ROOM) + layout.row * 0.7;
        hits = rows.map((row, i) => svg("rect", {class: "hit", "data-row": i, x: 0, y: ys[i] - layout.row / 2 + 4, width: layout.width, height: layout.row}));
        const lossy = rows.some((row) => row.lost);
        const middle = (layout.client + layout.server) / 2;
        const heads = SIDES.map((side) => [label(layout[side], 14, "middle strong", side),
            layout.wide && rows[0] && label(layout[side] + (side === "client" ? -12 : 12), HEAD_ROOM + 2, `small dim ${side === "client" ? "end" : ""}`, rows[0].before[side].state)]);
        const gaps = options.byTime ? rows.map((row, i) => i > 0 && row.time - rows[i - 1].time > 0 && ys[i] - ys[i - 1] > 2 * layout.row &&
            label(middle, (ys[i] + ys[i - 1]) / 2 + 6, "middle small dim", duration(row.time - rows[i - 1].time))) : [];
        holder.replaceChildren(svg("svg", {width: layout.width, height: bottom + 8, viewBox: `0 0 ${layout.width} ${bottom + 8}`, class: layout.wide ? "" : "narrow", "aria-hidden": "true"},
            definitions(), hits, heads, lossy && svg("path", {class: "point", d: `M${middle} 20V${bottom}`}), lossy && label(middle, 14, "middle small dim", "capture point"),
            lifelines(rows, ys, layout, bottom), rows.map((row, i) => drawRow(row, i, ys[i], layout, connection, options.raw)), gaps.filter(Boolean)));
        mark();
    };
    holder.addEventListener("click", (event) => {
        const step = event.target.closest("[data-row]");
        if (step) {
            onSelect(Number(step.dataset.row));
        }
    });
    new ResizeObserver(() => {
        if (holder.clientWidth !== width) {
            width = holder.clientWidth;
            draw();
        }
    }).observe(holder);
    return {
        holder,
        select(index, scroll) {
            selected = index;
            mark();
            if (scroll) {
                hits[index]?.scrollIntoView({block: "nearest"});
            }
        },
        set(name, value) {
            options[name] = value;
            draw();
        },
    };
}
