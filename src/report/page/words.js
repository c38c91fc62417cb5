// SPDX-License-Identifier: BSD-3-Clause
// Numbers and times as people read them.

const UNITS = [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"]];

// "420 ns", "0.42 ms", "201 ms", "2.01 s", "1 h 3 min": three digits are enough to compare.
export function duration(ns) {
    if (ns === null || ns === undefined) {
        return "–";
    }
    const size = Math.abs(ns);
    if (size >= 3600e9) {
        return `${Math.floor(ns / 3600e9)} h ${Math.round((size % 3600e9) / 60e9)} min`;
    }
    if (size === 0) {
        return "0 s";
    }
    const [unit, name] = UNITS.findLast(([least]) => size >= least) ?? UNITS[0];
    return `${Number((ns / unit).toPrecision(3))} ${name}`;
}

// Seconds with six decimals, as Wireshark shows them.
export function seconds(ns) {
    const micros = Math.trunc(Math.abs(ns) / 1000);
    const text = `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;
    return ns < 0 ? `-${text}` : text;
}

export function number(value) {
    return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

export function counted(value, noun) {
    return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export function octets(value) {
    if (value < 10000) {
        return number(value);
    }
    const names = ["k", "M", "G", "T"];
    let index = -1;
    while (value >= 1000 && index < names.length - 1) {
        value /= 1000;
        index++;
    }
    return `${value.toPrecision(3)} ${names[index]}`;
}

export function endpoint(address, port) {
    return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

export function plainWord(word) {
    return word.replaceAll("-", " ");
}

export const MARKS = {certain: "", confirmed: "", presumed: " ~", assumed: " ?", refuted: ""};
