// SPDX-License-Identifier: BSD-3-Clause
// The Community ID of a connection, which the page does not carry, for it follows from the addresses: version 1, seed 0.

function rotated(word, bits) {
    return word << bits | word >>> 32 - bits;
}

// FIPS 180-4 6.1, of less than 56 octets. crypto.subtle is not there for every page.
function sha1(octets) {
    const block = new DataView(new ArrayBuffer(64));
    octets.forEach((octet, i) => block.setUint8(i, octet));
    block.setUint8(octets.length, 0x80);
    block.setUint32(60, octets.length * 8);
    const words = Array.from({length: 16}, (_, i) => block.getUint32(4 * i));
    for (let i = 16; i < 80; i++) {
        words.push(rotated(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1));
    }
    const start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
    let [a, b, c, d, e] = start;
    words.forEach((word, i) => {
        const [mixed, constant] = i < 20 ? [b & c | ~b & d, 0x5a827999] : i < 40 ? [b ^ c ^ d, 0x6ed9eba1]
            : i < 60 ? [b & c | b & d | c & d, 0x8f1bbcdc] : [b ^ c ^ d, 0xca62c1d6];
        [a, b, c, d, e] = [rotated(a, 5) + mixed + e + constant + word | 0, a, rotated(b, 30), c, d];
    });
    return [a, b, c, d, e].flatMap((word, i) => {
        const sum = word + start[i] >>> 0;
        return [sum >>> 24, sum >>> 16 & 255, sum >>> 8 & 255, sum & 255];
    });
}

// The octets of an address: of IPv6 as RFC 5952 writes it, of which the last two groups may look like IPv4.
export function addressOctets(text) {
    if (!text.includes(":")) {
        return text.split(".").map(Number);
    }
    const groups = (part) => part.split(":").filter(Boolean).flatMap((group) => {
        const value = parseInt(group, 16);
        return group.includes(".") ? addressOctets(group) : [value >> 8, value & 255];
    });
    const [front, back] = text.split("::").map(groups);
    return back === undefined ? front : [...front, ...Array(16 - front.length - back.length).fill(0), ...back];
}

export function communityId({client, server}) {
    const two = (value) => [value >> 8, value & 255];
    const ends = [client, server].map(({address, port}) => [addressOctets(address), two(port)]);
    const key = ([address, port]) => String.fromCharCode(...address, ...port);
    ends.sort((one, other) => key(one) < key(other) ? -1 : 1);
    const octets = [0, 0, ...ends[0][0], ...ends[1][0], 6, 0, ...ends[0][1], ...ends[1][1]];
    return `1:${btoa(String.fromCharCode(...sha1(octets)))}`;
}
