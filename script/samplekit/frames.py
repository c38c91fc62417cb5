# SPDX-License-Identifier: BSD-3-Clause
"""Reads Ethernet frames and pcap files, as far as the samples need it.

Every frame has a token: direction, then flags as tcpdump(8) prints them. '>S' is a SYN of the client, '<F.' a FIN with
ACK of the server, '>.' a bare ACK, '>P.5' would be data; 'udp' the marker at the end of a sample.
"""
import dataclasses
import struct

SERVER_PORTS = range(80, 90)
FLAGS = ((0x01, "F"), (0x02, "S"), (0x04, "R"), (0x08, "P"), (0x10, "."))


@dataclasses.dataclass
class Frame:
    token: str
    seq: int = 0
    ack: int = 0
    length: int = 0
    window: int = 0
    vlan: int = 0
    checksums_right: bool = True
    time: float = 0.0
    ports: tuple = (0, 0)  # source, destination


def ones_sum(octets):
    """The Internet checksum's sum (RFC 1071): 0xffff over data that includes a right checksum."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _network(octets, kind):
    """-> (protocol, transport octets, addresses, header checksum right)"""
    if kind == 0x0800:
        size = (octets[0] & 15) * 4
        total = struct.unpack_from("!H", octets, 2)[0]
        return octets[9], octets[size:total], octets[12:20], ones_sum(octets[:size]) == 0xFFFF
    if kind == 0x86DD:
        total = 40 + struct.unpack_from("!H", octets, 4)[0]
        return octets[6], octets[40:total], octets[8:40], True
    return None, b"", b"", True


def parse(octets, whole=True):
    """-> Frame, or None where the frame is neither TCP nor UDP. Not whole: the checksum of TCP cannot be verified."""
    kind, at, vlan = struct.unpack_from("!H", octets, 12)[0], 14, 0
    if kind == 0x8100:
        vlan, kind = struct.unpack_from("!HH", octets, 14)
        vlan, at = vlan & 0xFFF, 18
    protocol, transport, addresses, right = _network(octets[at:], kind)
    if protocol not in (6, 17):
        return None
    pseudo = addresses + struct.pack("!II", len(transport), protocol)
    right = right and (not whole or ones_sum(pseudo + transport) == 0xFFFF)
    if protocol == 17:
        return Frame("udp", vlan=vlan, checksums_right=right)
    source, target, seq, ack, offset, bits, window = struct.unpack_from("!HHIIBBH", transport)
    upward = target in SERVER_PORTS
    flags = "".join(letter for bit, letter in FLAGS if bits & bit)
    return Frame((">" if upward else "<") + flags, seq, ack,
                 len(transport) - (offset >> 4) * 4, window, vlan, right, ports=(source, target))


def tag(octets, vlan):
    """The frame with an IEEE 802.1Q tag."""
    return octets[:12] + struct.pack("!HH", 0x8100, vlan) + octets[12:]


def read(path, whole=True):
    """Every frame of a pcap file as tcpdump writes it on this machine; not whole: with the headers only."""
    with open(path, "rb") as file:
        octets = file.read()
    if struct.unpack_from("=I", octets)[0] != 0xA1B2C3D4:
        raise ValueError(path + ": no pcap with microseconds")
    found, at = [], 24
    while at < len(octets):
        seconds, micro, captured, _ = struct.unpack_from("=IIII", octets, at)
        frame = parse(octets[at + 16:at + 16 + captured], whole)
        if frame is None:
            raise ValueError(f"{path}: frame {len(found) + 1} is neither TCP nor UDP")
        frame.time = seconds + micro / 1e6
        found.append(frame)
        at += 16 + captured
    return found
