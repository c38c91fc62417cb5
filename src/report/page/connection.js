// SPDX-License-Identifier: BSD-3-Clause
// The view of one connection.

import {fitted} from "./charts.js";
import {COLUMN, openConnection, openExplanations, page} from "./data.js";
import {stateDiagram} from "./diagram.js";
import {html, replace, svg} from "./dom.js";
import {makeLadder} from "./ladder.js";
import {chooseRows, shown} from "./list.js";
import {card, explainButton, severityBadge, SEVERITY_ORDER, stateChip} from "./marks.js";
import {go, note, readRoute} from "./route.js";
import {sequencePlot} from "./sequence.js";
import {ladderRows, rowLabel, SIDES} from "./steps.js";
import {counted, duration, endpoint, MARKS, number, plainWord, seconds} from "./words.js";

const ICONS = {first: "M2 2v10M12 2L5 7l7 5z", back: "M11 2L4 7l7 5z", next: "M3 2l7 5-7 5z", last: "M12 2v10M2 2l7 5-7 5z"};

export function wiresharkFilter(connection) {
    const {client, server} = connection;
    const ip = connection.ip_version === 6 ? "ipv6" : "ip";
    const parts = [`${ip}.addr == ${client.address}`, `${ip}.addr == ${server.address}`, `tcp.port == ${client.port}`, `tcp.port == ${server.port}`];
    if (page.report.captures.length === 1) { // else Wireshark counts the frames of each file from 1
        parts.push(`frame.number >= ${connection.first_frame}`, `frame.number <= ${connection.last_frame}`);
    }
    return parts.join(" && ");
}

async function copyText(text, button) {
    const before = button.textContent;
    try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
    } catch {
        const field = html("textarea", {class: "unseen"});
        field.value = text;
        document.body.append(field);
        field.select();
        button.textContent = document.execCommand("copy") ? "Copied" : text;
        field.remove();
    }
    setTimeout(() => {
        button.textContent = before;
    }, 1500);
}

function facts(connection) {
    const line = (name, ...values) => html("tr", {}, html("th", {scope: "row"}, name), values.map((value) => html("td", {}, value ?? "–")));
    const both = (name, read) => line(name, ...SIDES.map((side) => read(connection[side])));
    const yes = (value) => value === null ? "–" : value ? "yes" : "no";
    return card("Both ends", html("div", {class: "scroll"}, html("table", {class: "plain facts"},
        html("thead", {}, html("tr", {}, html("td", {}), SIDES.map((side) => html("th", {scope: "col"}, side)))),
        html("tbody", {},
            both("address", (side) => endpoint(side.address, side.port)), both("state", (side) => stateChip(side.state, MARKS[side.certainty])),
            both("frames", (side) => number(side.frames)), both("octets", (side) => number(side.bytes)),
            both("sent again", (side) => `${number(side.retransmitted_bytes)} octets`), both("missing", (side) => `${number(side.missing_bytes)} octets`),
            both("ISN", (side) => side.isn === null ? "unknown" : `${side.isn}${side.isn_known === "inferred" ? " (inferred)" : ""}`),
            both("MSS", (side) => side.mss), both("window scale", (side) => side.window_scale), both("SACK", (side) => yes(side.sack_permitted)),
            both("timestamps", (side) => yes(side.timestamps)), both("ECN", (side) => yes(side.ecn)),
            html("tr", {}, html("th", {scope: "row"}, "Community ID"), html("td", {colspan: "2"}, html("code", {}, connection.community_id))),
            both("longest in", (side) => {
                const [state, span] = Object.entries(side.state_durations_ns).filter(([state]) => state !== "CLOSED" && state !== "LISTEN").sort((one, other) => other[1] - one[1])[0] ?? [];
                return state && [explainButton(state), `, ${duration(span)}`];
            })))));
}

function otherView(view) {
    const between = view.changed.length > 0 ? `on the other side of an address translation (${view.changed.map(plainWord).join(", ")})` : "at another point of its way";
    return [view.certainty === "certain" ? "the same as " : "presumably the same as ", html("a", {href: `#connection=${view.connection}`, class: "view"}, `#${view.connection}`),
        `, ${between}, nearer to the ${view.nearer_to}`];
}

function verdict(connection) {
    const {handshake, teardown} = connection;
    const began = [`handshake ${plainWord(handshake.outcome)}${MARKS[handshake.certainty]}`, handshake.duration_ns !== null && `in ${duration(handshake.duration_ns)}`];
    const ended = [`teardown ${plainWord(teardown.outcome)}${MARKS[teardown.certainty]}`, teardown.segments && `in ${teardown.segments} segments`,
        teardown.closed_first && `closed first by ${teardown.closed_first === "both" ? "both" : `the ${teardown.closed_first}`}`,
        teardown.reset_by && [`reset by ${teardown.reset_by === "both" ? "both" : `the ${teardown.reset_by}`}`, teardown.reset_in_state && [" in ", explainButton(teardown.reset_in_state)]],
        teardown.time_wait && teardown.time_wait !== "none" && [explainButton("TIME_WAIT"), ` at ${teardown.time_wait === "both" ? "both" : `the ${teardown.time_wait}`}`]];
    const rest = [`lasted ${duration(connection.duration_ns)}`, connection.encapsulation.length > 0 && `in ${connection.encapsulation.join(", ")}`,
        connection.incarnation === 1 && connection.previous && ["Goes on from ", html("a", {href: `#connection=${connection.previous}`}, `#${connection.previous}`)],
        connection.incarnation > 1 && ["incarnation ", String(connection.incarnation), connection.previous && [" after ", html("a", {href: `#connection=${connection.previous}`}, `#${connection.previous}`)]],
        !connection.initiator_seen && "who began it was not seen", ...(connection.other_views ?? []).map(otherView)];
    return html("ul", {class: "verdict"}, [began, ended].map((words) => html("li", {}, words.filter(Boolean).map((part, i) => [i > 0 && ", ", part]))), rest.filter(Boolean).map((words) => html("li", {}, words)));
}

function findingCards(connection, explanations, select) {
    if (connection.anomalies.length === 0) {
        return card("Findings", html("p", {class: "quiet"}, "Nothing was found."));
    }
    return card("Findings", html("ol", {class: "found"}, connection.anomalies.map((finding) => {
        const text = explanations.anomalies.find((anomaly) => anomaly.id === finding.id);
        const frames = [...new Set([finding.frame, ...finding.frames])];
        return html("li", {class: `finding ${finding.severity}`},
            html("p", {class: "head"}, severityBadge(finding.severity), " ", explainButton(finding.id), MARKS[finding.certainty],
                finding.count > 1 && html("span", {class: "quiet"}, ` ${counted(finding.count, "time")}`)),
            html("p", {}, finding.message),
            html("p", {class: "frames"}, "frames ", frames.map((frame) => [html("button", {type: "button", class: "frame", onclick: () => select(frame)}, String(frame)), " "]),
                finding.location && html("span", {class: "quiet"}, finding.location === "capture" ? "the capture's doing" : plainWord(finding.location))),
            html("details", {}, html("summary", {}, "What it means, and what to do"), html("p", {}, text?.meaning), html("p", {}, html("strong", {}, "Advice: "), text?.advice),
                html("p", {class: "quiet"}, finding.rfc)));
    })));
}

function table(connection, rows) {
    const segments = rows.filter((row) => row.kind === "segment");
    return html("details", {class: "segments"}, html("summary", {}, "The segments as a table"), html("div", {class: "scroll"}, html("table", {class: "plain"},
        html("thead", {}, html("tr", {}, ["frame", "seconds", "from", "flags", "seq", "ack", "length", "window", "client", "server"].map((text) => html("th", {scope: "col"}, text)))),
        html("tbody", {}, segments.map(({segment, after}) => html("tr", {}, html("th", {scope: "row"}, String(segment.frame)),
            [seconds(segment.time_ns), segment.side, segment.flags, segment.seq, segment.ack, segment.length, segment.window].map((value) => html("td", {}, value === null ? "–" : String(value))),
            SIDES.map((side) => html("td", {}, explainButton(after[side].state)))))))));
}

function ladderNotes(connection) {
    const notes = [];
    if (!connection.segments) {
        notes.push("Only frames that moved a state are drawn: the page holds the segments of connections with findings.");
    } else if (connection.segments_omitted > 0) {
        notes.push(`${counted(connection.segments_omitted, "segment")} more are not listed.`);
    }
    return notes.map((text) => html("p", {class: "quiet"}, text));
}

function stepDetail(row, connection, raw) {
    const steps = SIDES.flatMap((side) => [...row.steps[side], ...row.refuted[side]].map((step) => html("li", {}, `${side}: `, explainButton(step.from), " → ", explainButton(step.to), `, ${step.cause}, `,
        html("em", {}, step.certainty), step.settled_by && ` by frame ${step.settled_by}`)));
    return [html("p", {}, html("strong", {}, row.frame ? `Frame ${row.frame}` : "No frame"), ` at ${seconds(row.time)} s: ${rowLabel(row, connection, raw)}`,
        row.lost === "beyond" && `, which was lost or not taken beyond the capture point${row.refutedBy ? ` (frame ${row.refutedBy} shows it)` : ""}`,
        row.proof && ` (frame ${row.proof} shows it)`), steps.length > 0 && html("ul", {}, steps)];
}

function neighbours(row) {
    if (!shown.rows.includes(row)) {
        chooseRows("", shown.sort); // it was opened from elsewhere, past the filter
    }
    const at = shown.rows.indexOf(row);
    return {at, previous: at > 0 ? shown.rows[at - 1] : null, next: at >= 0 ? shown.rows[at + 1] ?? null : null};
}

function toggle(text, values, onChange) {
    const buttons = values.map(([name, value], i) => html("button", {type: "button", "aria-pressed": i === 0 ? "true" : "false", onclick: () => {
        buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(k === i)));
        onChange(value);
    }}, name));
    return html("div", {class: "toggle", role: "group", "aria-label": text}, buttons);
}

export async function connectionView(route) {
    const row = page.byId.get(route.connection);
    if (!row) {
        return html("div", {class: "connection"}, html("h1", {}, `There is no connection #${route.connection} in this page`),
            html("p", {}, "A connection has the number of its first frame. ", html("a", {href: "#connections"}, "The list"), " shows those that there are."));
    }
    const [connection, explanations] = await Promise.all([openConnection(row), openExplanations()]);
    const rows = ladderRows(connection);
    let direction = connection.client.bytes >= connection.server.bytes ? "client" : "server";
    let selected = 0, raw = false, withWindow = false;

    const detail = html("div", {class: "detail", role: "status"});
    const diagram = html("div", {});
    const ladder = makeLadder(connection, rows, (index) => select(index));
    const drawnPlot = () => sequencePlot(rows, direction, selected, withWindow, Math.min(640, plot.clientWidth), (index) => select(index));
    const plot = fitted(drawnPlot);
    const drawPlot = () => plot.clientWidth > 0 && replace(plot, drawnPlot());
    const select = (index, how = {}) => {
        selected = Math.max(0, Math.min(rows.length - 1, index));
        ladder.select(selected, how.scroll ?? true);
        if (!rows[selected]) {
            return;
        }
        replace(detail, stepDetail(rows[selected], connection, raw));
        replace(diagram, stateDiagram(rows[selected]));
        drawPlot();
        if (!how.silent) {
            const explain = readRoute().explain;
            note({view: "connection", connection: route.connection, frame: rows[selected].frame ?? "", explain});
        }
    };
    const toFrame = (frame) => {
        const index = rows.findIndex((candidate) => candidate.frame === frame);
        if (index >= 0) {
            select(index);
            ladder.holder.scrollIntoView({block: "nearest"});
        }
    };
    const {at, previous, next} = neighbours(row);
    const title = `#${connection.id}`;
    const copy = html("button", {type: "button", class: "copy", onclick: () => copyText(wiresharkFilter(connection), copy)}, "Copy Wireshark filter");
    const step = (icon, name, move) => html("button", {type: "button", "aria-label": name, title: name, onclick: () => select(move())},
        svg("svg", {class: "icon", viewBox: "0 0 14 14", "aria-hidden": "true"}, svg("path", {d: icon})));
    const link = (target, text, name) => target ? html("a", {class: "button", href: `#connection=${target[COLUMN.id]}`, title: name, "aria-label": name}, text)
        : html("span", {class: "button off", "aria-hidden": "true"}, text);
    const view = html("div", {class: "connection"},
        html("header", {class: "subject"},
            html("h1", {}, html("span", {class: "number"}, title), " ", html("span", {class: "ends"}, endpoint(connection.client.address, connection.client.port), html("span", {class: "to"}, " → "), endpoint(connection.server.address, connection.server.port))),
            html("nav", {class: "walk", "aria-label": "Connections of the list"}, link(previous, "‹", "Previous connection ( [ )"),
                html("span", {class: "quiet"}, at >= 0 ? `${number(at + 1)} of ${number(shown.rows.length)}` : ""), link(next, "›", "Next connection ( ] )"), copy)),
        verdict(connection),
        html("div", {class: "columns"},
            html("div", {class: "main"},
                html("section", {class: "card", "aria-label": "Ladder"},
                    html("div", {class: "toolbar", role: "toolbar", "aria-label": "Steps"},
                        html("div", {class: "steps"}, step(ICONS.first, "First step (Home)", () => 0), step(ICONS.back, "Step back (↑)", () => selected - 1),
                            step(ICONS.next, "Next step (↓)", () => selected + 1), step(ICONS.last, "Last step (End)", () => rows.length - 1)),
                        toggle("Spacing", [["Evenly", false], ["To time", true]], (value) => ladder.set("byTime", value)),
                        toggle("Numbers", [["Relative", false], ["Raw", true]], (value) => {
                            raw = value;
                            ladder.set("raw", value);
                            select(selected, {silent: true, scroll: false});
                        })),
                    detail, rows.length > 0 ? ladder.holder : html("p", {class: "quiet"}, "No segment of it is known."), ladderNotes(connection),
                    html("p", {class: "legend"}, html("span", {class: "key"}, html("span", {class: "sample"}), "certain"), html("span", {class: "key"}, html("span", {class: "sample hatched"}), "presumed ~"),
                        html("span", {class: "key"}, html("span", {class: "sample dotted"}), "assumed ?"), html("span", {class: "key"}, html("span", {class: "lost"}, "✕"), "refuted, or lost there")),
                    table(connection, rows)),
                facts(connection)),
            html("div", {class: "aside"},
                findingCards(connection, explanations, toFrame),
                card("States (RFC 9293)", diagram, html("p", {class: "legend"}, html("span", {class: "key"}, html("span", {class: "token client"}, "C"), "client, solid"), html("span", {class: "key"}, html("span", {class: "token server"}, "S"), "server, double"),
                    html("span", {class: "quiet"}, "up to the selected step"))),
                connection.segments && card("Time and sequence", html("div", {class: "toolbar"},
                    toggle("Direction", (direction === "server" ? ["server", "client"] : ["client", "server"]).map((side) => [`Octets of the ${side}`, side]), (value) => {
                        direction = value;
                        drawPlot();
                    }), html("label", {class: "check"}, html("input", {type: "checkbox", onchange: (event) => {
                        withWindow = event.target.checked;
                        drawPlot();
                    }}), "window")), plot))));
    view.keys = {
        ArrowDown: () => select(selected + 1), j: () => select(selected + 1), ArrowUp: () => select(selected - 1), k: () => select(selected - 1),
        Home: () => select(0), End: () => select(rows.length - 1), c: () => copy.click(),
        "]": () => next && go({view: "connection", connection: next[COLUMN.id]}),
        "[": () => previous && go({view: "connection", connection: previous[COLUMN.id]}),
        Escape: () => go({view: "connections", filter: shown.filter, sort: shown.sort === "id" ? "" : shown.sort}),
    };
    view.update = (wanted) => {
        if (wanted.frame && Number(wanted.frame) !== rows[selected]?.frame) {
            toFrame(Number(wanted.frame));
        }
    };
    view.title = `${title} ${endpoint(connection.client.address, connection.client.port)} → ${endpoint(connection.server.address, connection.server.port)}`;
    requestAnimationFrame(() => {
        const wanted = rows.findIndex((candidate) => candidate.frame === Number(route.frame));
        const worst = SEVERITY_ORDER.find((severity) => connection.anomalies.some((finding) => finding.severity === severity));
        const first = worst ? rows.findIndex((candidate) => candidate.findings.some((index) => connection.anomalies[index].severity === worst)) : 0;
        select(wanted >= 0 ? wanted : Math.max(0, first), {silent: wanted < 0, scroll: wanted >= 0});
    });
    return view;
}
