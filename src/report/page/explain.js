// SPDX-License-Identifier: BSD-3-Clause
// The texts of `finwait explain`, in a dialog over the page.

import {openExplanations} from "./data.js";
import {byId, html, replace} from "./dom.js";
import {explainLink, severityBadge, stateChip} from "./marks.js";
import {go, note, readRoute} from "./route.js";

const seeAlso = (names) => names?.length > 0 && html("p", {}, html("strong", {}, "See also "), names.map((name) => [html("a", {href: explainLink(name), "data-explain": name}, name), " "]));
const list = (title, items) => items?.length > 0 && [html("h3", {}, title), html("ul", {}, items.map((item) => html("li", {}, item)))];
const paragraph = (title, text) => text && [html("h3", {}, title), html("p", {}, text)];

function anomalyText(item) {
    return [html("p", {}, severityBadge(item.severity), ` group `, html("a", {href: explainLink(item.group), "data-explain": item.group}, item.group)), html("p", {class: "lead"}, item.title),
        html("p", {}, item.meaning), paragraph("Raised when", item.raised_when), list("Likely causes", item.causes), paragraph("Advice", item.advice), list("What to look at next", item.next),
        item.example && [html("h3", {}, "Example"), html("pre", {tabindex: "0", "aria-label": "A ladder in text"}, item.example.ladder.join("\n"))],
        item.elsewhere.length > 0 && [html("h3", {}, "What other tools call it"), html("table", {class: "plain"}, html("tbody", {}, item.elsewhere.map((other) =>
            html("tr", {}, html("th", {scope: "row"}, other.tool), html("td", {}, `${other.kind} ${other.names.join(", ")}`.trim()), html("td", {}, other.when)))))],
        paragraph("Where it is written", item.rfc)];
}

function stateText(item) {
    return [html("p", {}, stateChip(item.name)), html("p", {class: "lead"}, item.meaning), list("How it is entered", item.in), list("How it is left", item.out),
        paragraph("How long it lasts", item.duration), paragraph("On the host", item.host), paragraph("Names elsewhere", [item.ss && `ss ${item.ss}`, item.netstat && `netstat ${item.netstat}`].filter(Boolean).join(", ")),
        paragraph("Where it is written", item.rfc), seeAlso(item.see)];
}

function topicText(item) {
    return [html("p", {class: "lead"}, item.question), item.answer.map((text) => html("p", {}, text)), paragraph("Where it is written", item.rfc), seeAlso(item.see)];
}

function groupText(item) {
    return [html("p", {class: "lead"}, `The anomalies of the group ${item.name}`), html("ul", {}, item.anomalies.map((id) => html("li", {}, html("a", {href: explainLink(id), "data-explain": id}, id))))];
}

function found(texts, name) {
    const plain = (text) => text.toLowerCase().replaceAll("-", "_");
    return [["states", "name", stateText], ["anomalies", "id", anomalyText], ["topics", "name", topicText], ["groups", "name", groupText]].flatMap(([kind, key, write]) =>
        texts[kind].filter((item) => plain(item[key]) === plain(name)).map(write));
}

function everything(texts) {
    return [["States", texts.states.map((item) => item.name)], ["Questions", texts.topics.map((item) => item.name)], ...texts.groups.map((group) => [`Anomalies: ${group.name}`, group.anomalies])]
        .map(([title, names]) => [html("h3", {}, title), html("p", {class: "names"}, names.map((name) => html("a", {href: explainLink(name), "data-explain": name}, name)))]);
}

// Opens, fills or closes the dialog as the address says.
export async function showExplanation(route) {
    const dialog = byId("explanation");
    if (!route.explain) {
        dialog.close();
        return;
    }
    const texts = await openExplanations();
    const parts = route.explain === "all" ? [everything(texts)] : found(texts, route.explain);
    replace(byId("explanation-title"), route.explain === "all" ? "What finwait can explain" : route.explain);
    replace(byId("explanation-text"), parts.length > 0 ? parts : html("p", {}, "Nothing is called that."));
    byId("explanation-text").scrollTop = 0;
    if (!dialog.open) {
        dialog.showModal();
    }
}

export function prepareExplanation() {
    byId("explanation").addEventListener("close", () => {
        const route = readRoute();
        if (route.explain) {
            delete route.explain;
            note(route);
        }
    });
    byId("explanation").addEventListener("click", (event) => {
        if (event.target === byId("explanation")) {
            byId("explanation").close();
        }
    });
    // The rest of the address may have changed since a link was made.
    document.addEventListener("click", (event) => {
        const link = event.target.closest("[data-explain]");
        if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
            event.preventDefault();
            event.stopPropagation();
            go({...readRoute(), explain: link.dataset.explain});
        }
    }, true);
    byId("explain-all").addEventListener("click", () => go({...readRoute(), explain: "all"}));
}
