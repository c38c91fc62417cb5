// SPDX-License-Identifier: BSD-3-Clause
// A CONNECTION object as the rows of a ladder: segments, what happened without one, what was lost.

export const SIDES = ["client", "server"];
export const otherSide = (side) => side === "client" ? "server" : "client";

const SEGMENT_OF_EDGE = {
    "CLOSED SYN_SENT": ["sent", "SYN"], "LISTEN SYN_RECEIVED": ["received", "SYN"],
    "SYN_SENT SYN_RECEIVED": ["received", "SYN"], "SYN_SENT ESTABLISHED": ["received", "SYN ACK"],
    "SYN_RECEIVED ESTABLISHED": ["received", "ACK"], "ESTABLISHED FIN_WAIT_1": ["sent", "FIN"],
    "SYN_RECEIVED FIN_WAIT_1": ["sent", "FIN"], "ESTABLISHED CLOSE_WAIT": ["received", "FIN"],
    "SYN_RECEIVED CLOSE_WAIT": ["received", "FIN"], "CLOSE_WAIT LAST_ACK": ["sent", "FIN"],
    "FIN_WAIT_1 FIN_WAIT_2": ["received", "ACK of the FIN"], "FIN_WAIT_1 CLOSING": ["received", "FIN"],
    "FIN_WAIT_2 TIME_WAIT": ["received", "FIN"], "CLOSING TIME_WAIT": ["received", "ACK of the FIN"],
    "LAST_ACK CLOSED": ["received", "ACK of the FIN"],
};

function segmentsOf(connection) {
    if (connection.segments) {
        return connection.segments.map((segment) => ({...segment}));
    }
    // Only the frames that moved a state are known, and not their numbers.
    const frames = new Map();
    for (const side of SIDES) {
        for (const step of connection[side].transitions) {
            if (step.frame && step.segment && (step.cause === "sent" || step.cause === "received") && step.frame <= connection.last_frame) {
                frames.set(step.frame, {frame: step.frame, time_ns: step.time_ns, flags: step.segment,
                    side: step.cause === "sent" ? side : otherSide(side), seq: null, ack: null, length: null, window: null});
            }
        }
    }
    return [...frames.values()].sort((one, other) => one.frame - other.frame);
}

function newRow(kind, frame, time, more = {}) {
    return {kind, frame, time, steps: {client: [], server: []}, refuted: {client: [], server: []}, findings: [], ...more};
}

const standing = (side) => side.transitions.filter((step) => step.certainty !== "refuted");

function standsAlone(step, connection) {
    return !step.frame || step.frame > connection.last_frame;
}

// A receiver did not take a segment when a step that it was to cause is refuted and none that it caused stands.
function notTaken(side, frame) {
    const caused = side.transitions.filter((step) => step.frame === frame && step.cause === "received");
    return caused.length > 0 && caused.every((step) => step.certainty === "refuted") ? caused[0] : null;
}

// Whether a segment is itself what a step rests on that is only assumed.
const is = (segment, sender, kind) => segment.side === sender && segment.flags.split(" ").includes(kind.split(" ")[0]);

function ghostsBefore(connection, shown) {
    const {frame} = shown;
    const ghosts = [];
    for (const side of SIDES) {
        for (const step of standing(connection[side])) {
            const [cause, segment] = SEGMENT_OF_EDGE[`${step.from} ${step.to}`] ?? [];
            if (step.cause !== "inferred" || step.frame !== frame || !segment) {
                continue;
            }
            const sender = cause === "sent" ? side : otherSide(side);
            if (!is(shown, sender, segment) && !ghosts.some((ghost) => ghost.side === sender && ghost.label.startsWith(`${segment},`))) {
                ghosts.push(newRow("ghost", null, step.time_ns, {side: sender, lost: "capture", label: `${segment}, not captured`, proof: frame}));
            }
        }
    }
    for (const finding of connection.anomalies) {
        const octets = (finding.seen?.relative_seq ?? 0) - (finding.expected?.relative_seq ?? Infinity);
        const before = finding.location === "before-capture-point";
        if (finding.frame === frame && octets > 0 && (before || finding.location === "capture")) {
            ghosts.push(newRow("ghost", null, finding.time_ns, {side: finding.side, lost: before ? "before" : "capture", proof: frame,
                label: `${octets} octet${octets === 1 ? "" : "s"}, ${before ? "lost before the capture point" : "not captured"}`}));
        }
    }
    return ghosts;
}

// Octets between two segments of a side that are not listed, where the list is known to be short.
function gapBefore(segment, reached, connection) {
    if (!connection.segments_omitted || segment.seq === null) {
        return null;
    }
    const missing = segment.seq - (reached[segment.side] ?? segment.seq);
    const taken = segment.length + (/SYN|FIN/.test(segment.flags) ? 1 : 0);
    reached[segment.side] = Math.max(reached[segment.side] ?? 0, segment.seq + taken);
    return missing > 0 ? newRow("gap", null, segment.time_ns, {label: `… ${missing} octets of the ${segment.side}, not listed`}) : null;
}

function withLoneSteps(rows, connection) {
    const all = [...rows];
    for (const side of SIDES) {
        for (const step of standing(connection[side]).filter((step) => standsAlone(step, connection))) {
            let at = all.findIndex((row) => step.frame ? row.frame > step.frame : row.time > step.time_ns && row.kind !== "ghost");
            at = at < 0 ? all.length : at;
            const same = step.frame && all.find((row) => row.frame === step.frame);
            if (same) {
                same.steps[side].push(step);
                continue;
            }
            const row = newRow("alone", step.frame, step.time_ns,
                {label: step.frame ? "a newer connection took its place" : step.from === "TIME_WAIT" ? "2MSL have passed" : "a timer ran out"});
            row.steps[side].push(step);
            all.splice(at, 0, row);
        }
    }
    return all;
}

function addFindings(rows, connection) {
    connection.anomalies.forEach((finding, index) => {
        let row = rows.find((candidate) => candidate.frame === finding.frame);
        if (!row) {
            row = newRow("note", finding.frame, finding.time_ns,
                {label: finding.frame > connection.last_frame ? "a frame of a later connection" : "a frame that is not listed"});
            const at = rows.findIndex((candidate) => candidate.frame > finding.frame);
            rows.splice(at < 0 ? rows.length : at, 0, row);
        }
        row.findings.push(index);
    });
}

// Takes each side's steps to the rows at which they can be shown: none before the one that it follows.
function addSteps(rows, connection) {
    for (const side of SIDES) {
        const steps = standing(connection[side]).filter((step) => !standsAlone(step, connection));
        let latest = 0;
        for (const step of steps) {
            latest = Math.max(latest, step.frame);
            const row = rows.find((candidate) => candidate.kind === "segment" && candidate.frame >= latest) ?? rows.at(-1);
            row?.steps[side].push(step);
        }
        for (const step of connection[side].transitions.filter((candidate) => candidate.certainty === "refuted")) {
            rows.find((candidate) => candidate.frame === step.frame)?.refuted[side].push(step);
        }
    }
}

export function ladderRows(connection) {
    const reached = {};
    let rows = [];
    for (const segment of segmentsOf(connection)) {
        const refuted = notTaken(connection[otherSide(segment.side)], segment.frame);
        const gap = gapBefore(segment, reached, connection);
        rows.push(...(gap ? [gap] : []), ...ghostsBefore(connection, segment));
        rows.push(newRow("segment", segment.frame, segment.time_ns, {side: segment.side, segment, lost: refuted ? "beyond" : null, refutedBy: refuted?.settled_by}));
    }
    addSteps(rows, connection);
    rows = withLoneSteps(rows, connection);
    addFindings(rows, connection);
    const now = {};
    for (const side of SIDES) {
        now[side] = {state: standing(connection[side])[0]?.from ?? connection[side].state, certainty: "certain", walked: []};
    }
    for (const row of rows) {
        row.before = {client: now.client, server: now.server};
        for (const side of SIDES) {
            for (const step of row.steps[side]) {
                now[side] = {state: step.to, certainty: step.certainty, walked: [...now[side].walked, step]};
            }
        }
        row.after = {client: now.client, server: now.server};
    }
    return rows;
}

// The words on an arrow.
export function rowLabel(row, connection, raw) {
    if (row.kind !== "segment") {
        return row.label;
    }
    const {flags, side, seq, ack, length, window} = row.segment;
    let shown = flags.replace("PSH ", "").replace(" PSH", "");
    if (shown.includes("FIN") && !/SYN|RST/.test(shown)) {
        shown = shown.replace(" ACK", "");
    }
    if (seq === null) {
        return shown;
    }
    const numbered = (value, isn) => raw && isn !== null ? (value + isn) % 4294967296 : value;
    const parts = [`${shown} ${numbered(seq, connection[side].isn)}`];
    if (ack !== null) {
        parts.push(numbered(ack, connection[otherSide(side)].isn));
    }
    if (length > 0) {
        parts.push(`${length} octet${length === 1 ? "" : "s"}`);
    }
    if (window === 0 && !/SYN|RST/.test(flags)) {
        parts.push("window 0");
    }
    return parts.join(", ");
}

const LOST = {beyond: "lost or not taken beyond the capture point", before: "lost before the capture point", capture: "not captured"};

// A row in words, for who cannot see it.
export function rowText(row, connection, raw) {
    const parts = [row.frame ? `frame ${row.frame}` : "no frame"];
    if (row.side) {
        parts.push(`${row.side} to ${otherSide(row.side)}`);
    }
    parts.push(rowLabel(row, connection, raw));
    if (row.lost === "beyond") {
        parts.push(LOST.beyond);
    }
    for (const side of SIDES) {
        row.steps[side].forEach((step) => parts.push(`${side} ${step.to}, ${step.certainty}`));
        row.refuted[side].forEach((step) => parts.push(`${side} not ${step.to}, refuted by frame ${step.settled_by}`));
    }
    row.findings.forEach((index) => parts.push(`finding ${index + 1}: ${connection.anomalies[index].id}`));
    return parts.join("; ");
}
