// SPDX-License-Identifier: BSD-3-Clause
// The drawings of the overview.

import {html, label, replace, svg} from "./dom.js";
import {counted, duration, number} from "./words.js";

// A drawing that is made for the width that there is, so that its letters keep their size. draw(pixels).
export function fitted(draw) {
    const holder = html("div", {});
    let width = 0;
    new ResizeObserver(() => {
        if (holder.clientWidth > 0 && holder.clientWidth !== width) {
            width = holder.clientWidth;
            replace(holder, draw(width));
        }
    }).observe(holder);
    return holder;
}

// About `wanted` round numbers from 0 to the largest, `least` apart: what is counted has no halves.
export function ticks(largest, wanted = 4, least = 0) {
    const raw = largest / wanted;
    const power = 10 ** Math.floor(Math.log10(raw || 1));
    const step = Math.max(least, [1, 2, 5, 10].find((factor) => factor * power >= raw) * power);
    const values = [];
    for (let value = 0; value <= largest * 1.0001; value += step) {
        values.push(value);
    }
    return values;
}

function areaPath(upper, lower, x, y) {
    // What was counted at a moment holds until the next.
    const there = upper.map((value, i) => `${i > 0 ? `H${x(i).toFixed(1)}` : `M${x(0)} ${y(lower[0]).toFixed(1)}`}V${y(value).toFixed(1)}`);
    const back = lower.map((value, i) => `V${y(value).toFixed(1)}H${x(i).toFixed(1)}`).reverse();
    return `${there.join("")}${back.join("")}z`;
}

const AREA = {left: 48, right: 8, top: 10, bottom: 26};

// moments: [{time_ns, states: {STATE: sides}}]; names: the states from the bottom up.
export function stackedArea(moments, names, describe, width) {
    const {left, right, top, bottom} = AREA;
    const height = Math.min(260, Math.max(180, width / 3));
    const totals = moments.map((moment) => names.reduce((sum, name) => sum + (moment.states[name] ?? 0), 0));
    const most = Math.max(1, ...totals);
    const last = Math.max(1, moments.length - 1);
    const x = (i) => left + (width - left - right) * i / last;
    const y = (value) => height - bottom - (height - top - bottom) * value / most;
    let below = moments.map(() => 0);
    const areas = names.map((name) => {
        const above = moments.map((moment, i) => below[i] + (moment.states[name] ?? 0));
        const area = svg("path", {class: `area state-${name}`, d: areaPath(above, below, x, y)}, svg("title", {}, name));
        below = above;
        return area;
    });
    const grid = ticks(most, 4, 1).map((value) => [
        svg("path", {class: "grid", d: `M${left} ${y(value)}H${width - right}`}),
        label(left - 6, y(value) + 4, "axis end", number(value))]);
    const span = moments.at(-1)?.time_ns ?? 0;
    const times = ticks(span, Math.min(6, width / 110)).map((time) =>
        label(left + (width - left - right) * time / (span || 1), height - 8, "axis middle", duration(time)));
    const cursor = svg("path", {class: "cursor", d: ""});
    const picture = svg("svg", {viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": describe},
        grid, areas, times, cursor);
    return {picture, cursor, momentAt: (at) => Math.round(Math.min(1, Math.max(0, (at * width - left) / (width - left - right))) * last),
        line: (i) => `M${x(i)} ${top}V${height - bottom}`};
}

const LEAST_BINS = 12;

// A few empty bins on both sides of very few, so that the drawing has a scale.
function padded(bins) {
    const ratio = 10 ** (1 / 8);
    const wider = [...bins];
    while (wider.length < LEAST_BINS) {
        const [from] = wider[0], [, to] = wider.at(-1);
        wider.unshift([from / ratio, from, 0]);
        wider.push([to, to * ratio, 0]);
    }
    return wider;
}

// bins: [[from ns, to ns, count]].
export function histogram(given, describe, width) {
    const bins = padded(given);
    const height = 180, left = 40, bottom = 26, top = 10;
    const most = Math.max(1, ...bins.map((bin) => bin[2]));
    const step = (width - left) / Math.max(1, bins.length);
    const y = (value) => height - bottom - (height - top - bottom) * value / most;
    const grid = ticks(most, 3, 1).map((value) => [
        svg("path", {class: "grid", d: `M${left} ${y(value)}H${width}`}),
        label(left - 6, y(value) + 4, "axis end", number(value))]);
    const bars = bins.map(([from, to, count], i) => svg("g", {},
        svg("title", {}, `${duration(from)} to ${duration(to)}: ${number(count)}`),
        svg("rect", {class: "bar", x: left + i * step + 1, y: y(count), width: Math.max(1, Math.min(step - 2, 40)), height: height - bottom - y(count)})));
    const every = Math.max(1, Math.ceil(bins.length * 90 / (width - left)));
    const labels = bins.map(([from], i) => i % every === 0 && label(left + i * step, height - 8, left + i * step > width - 50 ? "axis end" : "axis", duration(from)));
    return svg("svg", {viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": describe}, grid, bars, labels);
}

// entries: [{name, count, href, lead}]: bars with their names and numbers, which are a table for who cannot see them.
export function bars(entries, head) {
    const most = Math.max(1, ...entries.map((entry) => entry.count));
    return html("table", {class: "bars"},
        html("thead", {class: "unseen"}, html("tr", {}, head.map((text) => html("th", {scope: "col"}, text)))),
        html("tbody", {}, entries.map((entry) => html("tr", {},
            html("th", {scope: "row"}, entry.lead, entry.href ? html("a", {href: entry.href}, entry.name) : entry.name, entry.more),
            html("td", {class: "count"}, number(entry.count)),
            html("td", {class: `measure ${entry.severity ?? ""}`, "aria-hidden": "true"},
                svg("svg", {viewBox: "0 0 100 8", preserveAspectRatio: "none"},
                    svg("rect", {class: "bar", width: Math.max(1, 100 * entry.count / most), height: 8})))))));
}

// What the area shows at a moment, in words.
export function momentText(moment, names) {
    const parts = names.filter((name) => moment.states[name]).map((name) => `${name} ${moment.states[name]}`).reverse();
    return `${duration(moment.time_ns)}: ${parts.join(", ") || counted(0, "open side")}`;
}
