// SPDX-License-Identifier: BSD-3-Clause
// The first view: what the capture comes to.

import {bars, fitted, histogram, momentText, stackedArea} from "./charts.js";
import {COLUMN, page} from "./data.js";
import {html} from "./dom.js";
import {card, explainButton, explainLink, SEVERITY_ORDER, severityBadge, severitySign, stateChip} from "./marks.js";
import {counted, duration, number, plainWord} from "./words.js";

const MOST_ADDRESSES = 10;
const listLink = (filter) => `#connections&filter=${encodeURIComponent(filter)}`;

function tile(value, name, href) {
    const content = [html("strong", {}, value), html("span", {}, name)];
    return href ? html("a", {class: "tile", href}, content) : html("div", {class: "tile"}, content);
}

function tiles() {
    const {summary} = page.report;
    return html("div", {class: "tiles"},
        tile(number(summary.connections), summary.connections === 1 ? "connection" : "connections", "#connections"),
        tile(number(summary.frames), summary.frames === 1 ? "frame" : "frames"),
        tile(duration(summary.duration_ns), "recorded"),
        SEVERITY_ORDER.map((severity) => {
            const count = summary.severities[severity] ?? 0;
            return html(count ? "a" : "div", {class: `tile ${count ? severity : "none"}`, href: count ? listLink(`severity:${severity}`) : null},
                html("strong", {}, severitySign(severity), number(count)), html("span", {}, count === 1 ? severity : severity === "info" ? "info" : `${severity}s`));
        }));
}

// What is not in the page, or not in the capture: said first, never in passing.
function warnings() {
    const left = page.overview.shelves.filter((shelf) => shelf.seen > shelf.kept);
    const lines = page.report.captures.filter((capture) => capture.error).map((capture) =>
        `${capture.path ?? "a capture"}: ${capture.error.message}` +
        (capture.frames ? ` What stands before it was read: ${counted(capture.frames, "frame")}.` : ""));
    if (left.length > 0) {
        const all = left.reduce((sum, shelf) => sum + shelf.seen - shelf.kept, 0);
        const parts = left.map((shelf) => `${number(shelf.seen - shelf.kept)} ${shelf.severity ? `with findings of ${shelf.severity}` : "without a finding"}`);
        lines.push(`The list leaves out ${counted(all, "connection")} (${parts.join(", ")}), for a page holds ${number(page.overview.limit)}; ` +
            "those with findings come first. All are counted in the numbers of this view. --html-limit sets how many a page holds.");
    }
    if (page.report.summary.interrupted) {
        lines.push("The reading was interrupted: the report is of what had been read.");
    }
    if (page.report.summary.evicted > 0) {
        lines.push(`${counted(page.report.summary.evicted, "connection")} had to be given up before the end, for there were too many at once.`);
    }
    return lines.map((line) => html("p", {class: "banner", role: "note"}, line));
}

function emptiness() {
    const {summary} = page.report;
    if (summary.connections > 0) {
        return null;
    }
    const skipped = Object.entries(summary.skipped).filter(([, count]) => count > 0);
    return card("No TCP connection", html("p", {}, summary.frames === 0 ? "There is no frame in the capture." : `None of ${counted(summary.frames, "frame")} is a segment of TCP.`),
        skipped.length > 0 && html("ul", {}, skipped.map(([reason, count]) => html("li", {}, `${plainWord(reason)}: ${number(count)}`))));
}

// The worst severity that each finding of the list has.
function severities() {
    const {anomalies, severities: order} = page.overview.words;
    const worst = new Array(anomalies.length).fill(-1);
    for (const row of page.rows) {
        for (const finding of row[COLUMN.findings]) {
            worst[finding >> 2] = Math.max(worst[finding >> 2], finding & 3);
        }
    }
    return new Map(anomalies.map((id, i) => [id, order[worst[i]]]));
}

function findings() {
    const ofList = severities();
    const ofCapture = new Map(page.report.findings.map((finding) => [finding.id, finding.severity]));
    const rank = (severity) => SEVERITY_ORDER.indexOf(severity);
    const entries = Object.entries(page.report.summary.anomalies)
        .map(([id, count]) => ({name: id, count, severity: ofCapture.get(id) ?? ofList.get(id) ?? "info"}))
        .sort((one, other) => rank(one.severity) - rank(other.severity) || other.count - one.count);
    if (entries.length === 0) {
        return card("Findings", html("p", {class: "quiet"}, "Nothing was found."));
    }
    return card("Findings", bars(entries.map((entry) => ({...entry, lead: severityBadge(entry.severity),
        href: listLink(`id:${entry.name}`), more: html("a", {class: "help", href: explainLink(entry.name), "data-explain": entry.name, "aria-label": `What ${entry.name} means`}, "?")})),
    ["finding", "how often", ""]));
}

function captureFindings() {
    if (page.report.findings.length === 0) {
        return null;
    }
    return card("Findings of the whole capture", html("ul", {class: "plain"}, page.report.findings.map((finding) => html("li", {},
        severityBadge(finding.severity), " ", explainButton(finding.id), html("p", {}, finding.message),
        html("p", {class: "quiet"}, finding.address && html("a", {href: listLink(`address:${finding.address}`)}, finding.address),
            finding.connections?.slice(0, 8).map((id) => [" ", html("a", {href: `#connection=${id}`}, `#${id}`)]))))));
}

function outcomes(title, name, counts) {
    const entries = Object.entries(counts).sort((one, other) => other[1] - one[1])
        .map(([word, count]) => ({name: plainWord(word), count, href: listLink(`${name}:${word}`)}));
    return card(title, bars(entries, [name, "connections", ""]));
}

function timeline() {
    const moments = page.overview.census.rows;
    const names = page.overview.words.states.filter((name) => moments.some((moment) => moment.states[name]));
    if (moments.length < 2 || names.length === 0) {
        return null;
    }
    const reading = html("p", {class: "reading", "aria-live": "polite"}, "Sides of connections in each state. Point at a moment, or use the arrow keys.");
    let chart = null, at = 0;
    const picture = fitted((width) => {
        chart = stackedArea(moments, names, `How many sides were in each state, from 0 to ${duration(moments.at(-1).time_ns)}`, width);
        return chart.picture;
    });
    const show = (i) => {
        at = Math.min(moments.length - 1, Math.max(0, i));
        chart.cursor.setAttribute("d", chart.line(at));
        reading.textContent = momentText(moments[at], names);
    };
    const frame = html("div", {class: "plot", tabindex: "0", role: "group", "aria-label": "Timeline: arrow keys move the moment",
        onpointermove: (event) => {
            const box = chart.picture.getBoundingClientRect();
            show(chart.momentAt((event.clientX - box.left) / box.width));
        },
        onkeydown: (event) => {
            const steps = {ArrowLeft: -1, ArrowRight: 1, PageUp: -50, PageDown: 50, Home: -Infinity, End: Infinity};
            if (event.key in steps) {
                event.preventDefault();
                show(at + steps[event.key]);
            }
        }}, picture);
    const legend = html("div", {class: "legend"}, [...names].reverse().map((name) => stateChip(name)));
    return html("div", {class: "wide"}, card("Connections over time", frame, reading, legend));
}

function roundTrips() {
    const bins = page.overview.rtt_server_ns;
    if (bins.length === 0) {
        return null;
    }
    const count = bins.reduce((sum, bin) => sum + bin[2], 0);
    return card("Round trips of handshakes", fitted((width) => histogram(bins, `How long ${counted(count, "handshake")} took from SYN to SYN/ACK`, width)),
        html("p", {class: "quiet"}, `From SYN to SYN/ACK at the capture point, ${counted(count, "handshake")}; the scale is logarithmic.`));
}

function addresses() {
    const counts = new Map();
    for (const row of page.rows) {
        if (row[COLUMN.severity] < 1) {
            continue;
        }
        for (const address of new Set([row[COLUMN.clientAddress], row[COLUMN.serverAddress]])) {
            const found = row[COLUMN.findings].filter((finding) => finding % 4 > 0).length;
            if (found > 0) {
                counts.set(address, (counts.get(address) ?? 0) + found);
            }
        }
    }
    const entries = [...counts].sort((one, other) => other[1] - one[1]).slice(0, MOST_ADDRESSES)
        .map(([name, count]) => ({name, count, href: listLink(`address:${name} severity:notice`)}));
    return entries.length === 0 ? null : card("Addresses with most findings", bars(entries, ["address", "findings", ""]),
        html("p", {class: "quiet"}, "Findings of notice or above, of connections that the list holds."));
}

function captures() {
    const cell = (text) => html("td", {}, text);
    return html("div", {class: "wide"}, card("Captures", html("div", {class: "scroll"}, html("table", {class: "plain files"},
        html("thead", {}, html("tr", {}, ["file", "format", "link", "frames", "first frame", "began"].map((text) => html("th", {scope: "col"}, text)))),
        html("tbody", {}, page.report.captures.map((capture) => html("tr", {},
            html("th", {scope: "row"}, capture.path ?? "standard input"), cell([capture.format ?? "unknown", capture.compression && ` in ${capture.compression}`]),
            cell((capture.link_types ?? []).join(", ")), cell(number(capture.frames ?? 0)), cell(number(capture.first_frame ?? 0)),
            cell((capture.first_time ?? "").replace("T", " ").replace(/\.(\d{3})\d*Z/, ".$1 UTC")))))))));
}

export function overviewView() {
    const {summary} = page.report;
    return html("div", {class: "overview"}, html("h1", {class: "unseen"}, "Overview"), warnings(), tiles(), emptiness(),
        timeline(),
        html("div", {class: "cards"},
            html("div", {}, findings(), captureFindings(), addresses()),
            html("div", {}, summary.connections > 0 && outcomes("How connections began", "handshake", summary.handshakes),
                summary.connections > 0 && outcomes("How they ended", "teardown", summary.teardowns), roundTrips())),
        captures());
}
