// SPDX-License-Identifier: BSD-3-Clause
// The state diagram of RFC 9293, figure 5, with the way that each side took.

import {label, svg} from "./dom.js";
import {explainLink} from "./marks.js";
import {SIDES} from "./steps.js";
import {MARKS} from "./words.js";

const NODES = {
    CLOSED: [230, 24], LISTEN: [230, 84], SYN_RECEIVED: [104, 144], SYN_SENT: [356, 144], ESTABLISHED: [230, 204],
    FIN_WAIT_1: [104, 264], CLOSE_WAIT: [356, 264], FIN_WAIT_2: [64, 330], CLOSING: [214, 330], LAST_ACK: [356, 330],
    TIME_WAIT: [140, 396], END: [356, 396], UNKNOWN: [60, 24],
};
const EDGES = [
    ["CLOSED", "LISTEN"], ["CLOSED", "SYN_SENT"], ["LISTEN", "SYN_RECEIVED"], ["LISTEN", "SYN_SENT"], ["SYN_SENT", "SYN_RECEIVED"],
    ["SYN_SENT", "ESTABLISHED"], ["SYN_RECEIVED", "ESTABLISHED"], ["SYN_RECEIVED", "FIN_WAIT_1"], ["ESTABLISHED", "FIN_WAIT_1"],
    ["ESTABLISHED", "CLOSE_WAIT"], ["FIN_WAIT_1", "FIN_WAIT_2"], ["FIN_WAIT_1", "CLOSING"], ["FIN_WAIT_2", "TIME_WAIT"],
    ["CLOSING", "TIME_WAIT"], ["CLOSE_WAIT", "LAST_ACK"], ["LAST_ACK", "END"], ["TIME_WAIT", "END"],
];
const TIP = {edge: 7, client: 5, server: 2.8};
const HALF_WIDTH = 54;
const HALF_HEIGHT = 14;

// CLOSED stands twice, as in the RFC: where a way begins and where it ends.
function nodeOf(state, first) {
    return state === "CLOSED" && !first ? "END" : state;
}

// Where the line from the middle of a node toward another leaves its box.
function border([x, y], [toX, toY]) {
    const dx = toX - x, dy = toY - y;
    const share = Math.min(HALF_WIDTH / Math.abs(dx || 1e-9), HALF_HEIGHT / Math.abs(dy || 1e-9));
    return [x + dx * share, y + dy * share];
}

// Ways to the end that no arrow of the RFC shows, around what stands between.
function wayAround(from, shift) {
    const [x, y] = NODES[from], [endX, endY] = NODES.END;
    if (from === "FIN_WAIT_2") {
        return `M${x + shift} ${y + HALF_HEIGHT}C${40 + shift} ${460 + shift} 290 ${460 + shift} ${endX + shift} ${endY + HALF_HEIGHT}`;
    }
    if (from === "FIN_WAIT_1") {
        return `M${x + HALF_WIDTH} ${y + shift}C${290 + shift} ${y + shift} ${285 + shift} ${endY} ${endX - HALF_WIDTH} ${endY + shift}`;
    }
    if (from === "CLOSING") {
        return `M${x + HALF_WIDTH / 2} ${y + HALF_HEIGHT}L${endX - HALF_WIDTH} ${endY - HALF_HEIGHT / 2 + shift}`;
    }
    const right = 452 + shift;
    return `M${x + HALF_WIDTH} ${y + shift}C${right} ${y + shift} ${right} ${endY} ${endX + HALF_WIDTH} ${endY + shift}`;
}

function edgePath(from, to, shift = 0) {
    const one = NODES[from], other = NODES[to];
    const length = Math.hypot(other[0] - one[0], other[1] - one[1]) || 1;
    const across = [-(other[1] - one[1]) / length * shift, (other[0] - one[0]) / length * shift];
    const [x1, y1] = border(one, other), [x2, y2] = border(other, one);
    if (to === "END" && !EDGES.some((edge) => edge[0] === from && edge[1] === to)) {
        return wayAround(from, shift);
    }
    return `M${x1 + across[0]} ${y1 + across[1]}L${x2 + across[0]} ${y2 + across[1]}`;
}

function walkedEdges(side, walked) {
    return walked.map((step, i) => {
        const d = edgePath(nodeOf(step.from, i === 0), nodeOf(step.to, false), side === "client" ? -4 : 4);
        return [svg("path", {class: `walked ${side} ${MARKS[step.certainty] ? "unsure" : ""}`, "marker-end": `url(#way-${side})`, d}, svg("title", {}, `${side}: ${step.from} → ${step.to}`)),
            side === "server" && svg("path", {class: "walked middle", d})];
    });
}

function nodeDrawing(name, here) {
    const [x, y] = NODES[name];
    const state = name === "END" ? "CLOSED" : name;
    return svg("a", {class: `node ${here.length > 0 ? "here" : ""}`, href: explainLink(state), "data-explain": state, "aria-label": `What ${state} means`},
        svg("rect", {class: `box state-${state}`, x: x - HALF_WIDTH, y: y - HALF_HEIGHT, width: 2 * HALF_WIDTH, height: 2 * HALF_HEIGHT, rx: 6}),
        label(x, y + 4, "middle", state),
        here.map((side) => svg("g", {class: `token ${side}`},
            svg("circle", {cx: side === "client" ? x - HALF_WIDTH : x + HALF_WIDTH, cy: y - HALF_HEIGHT, r: 9}),
            label(side === "client" ? x - HALF_WIDTH : x + HALF_WIDTH, y - HALF_HEIGHT + 4, "middle small strong", side[0].toUpperCase()))));
}

// The diagram after a row of the ladder.
export function stateDiagram(row) {
    const now = row?.after ?? {client: {state: "UNKNOWN", walked: []}, server: {state: "UNKNOWN", walked: []}};
    const used = new Set(SIDES.flatMap((side) => [now[side].state, ...now[side].walked.flatMap((step) => [step.from, step.to])]));
    const names = Object.keys(NODES).filter((name) => name !== "UNKNOWN" || used.has("UNKNOWN"));
    const at = (name) => SIDES.filter((side) => nodeOf(now[side].state, now[side].walked.length === 0) === name);
    const words = SIDES.map((side) => `${side} in ${now[side].state}`).join(", ");
    return svg("svg", {viewBox: "0 0 460 446", class: "diagram", role: "img", "aria-label": `State diagram of RFC 9293: ${words}`},
        svg("defs", {}, ["edge", ...SIDES].map((kind) => svg("marker", {id: kind === "edge" ? "edge" : `way-${kind}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: TIP[kind], markerHeight: TIP[kind], orient: "auto"},
            svg("path", {class: `tip ${kind}`, d: "M0 1 10 5 0 9z"})))),
        EDGES.map(([from, to]) => svg("path", {class: "edge", d: edgePath(from, to), "marker-end": "url(#edge)"})),
        SIDES.map((side) => walkedEdges(side, now[side].walked)), names.map((name) => nodeDrawing(name, at(name))));
}
