# SPDX-License-Identifier: BSD-3-Clause
"""What hosts and sockets of the real world differ in: settings of a TCP, drawn at random."""
import contextlib
import dataclasses
import socket

TCP_FASTOPEN, TCP_FASTOPEN_CONNECT = 23, 30
IPPROTO_MPTCP = 262
FAST_OPEN_BY_COOKIE, FAST_OPEN_AT_ONCE = 0x003, 0x207  # tcp_fastopen of both ends, with a cookie and without

OLD = 0.25  # of the rounds have hosts without timestamps, or without selective acknowledgements
UNUSUAL = 0.13  # of the hosts have another value than the usual one, of each of these
USUAL = {"tcp_timestamps": 1, "tcp_sack": 1, "tcp_dsack": 1, "tcp_window_scaling": 1, "tcp_ecn": 2, "tcp_recovery": 1,
         "tcp_early_retrans": 3, "tcp_retrans_collapse": 1, "tcp_slow_start_after_idle": 1, "tcp_mtu_probing": 0,
         "tcp_pingpong_thresh": 1, "tcp_invalid_ratelimit": 500, "tcp_shrink_window": 0, "tcp_stdurg": 0,
         "tcp_rfc1337": 0}
OTHERS = {"tcp_ecn": (0, 1, 3), "tcp_mtu_probing": (1, 2), "tcp_pingpong_thresh": (3,), "tcp_early_retrans": (0,),
          "tcp_invalid_ratelimit": (0,)}  # else 0 or 1, whichever the usual one is not
CONGESTION_CONTROLS = ("cubic", "reno", "bbr")
SEGMENTS = (88, 300, 536, 1000)  # octets, of TCP_MAXSEG
MTUS = {4: (296, 576, 1400), 6: (1280, 1400)}


@dataclasses.dataclass
class Kind:
    """What a round's hosts have in common."""
    family: int
    fast_open: int  # tcp_fastopen, or 0
    multipath: bool
    deferred: int  # TCP_DEFER_ACCEPT in s, or 0
    offload: bool  # segments are cut and joined by the card
    unusual: bool  # hosts, sockets and applications differ in more than what old stacks lack
    lacks: tuple = ()  # settings that both hosts have turned off


def usual(random):
    lacks = tuple(name for name in ("tcp_timestamps", "tcp_sack") if random.random() < OLD)
    return Kind(random.choice((4, 6)), 0, False, 0, False, False, lacks)


def draw(random):
    opening = random.choices(("usual", "fast_open", "multipath", "deferred"), (5, 2, 1, 2))[0]
    return Kind(random.choice((4, 6)),
                random.choice((FAST_OPEN_BY_COOKIE, FAST_OPEN_AT_ONCE)) if opening == "fast_open" else 0,
                opening == "multipath" and has_multipath(), random.choice((1, 2)) if opening == "deferred" else 0,
                random.random() < 0.3, True)


def has_multipath():
    with contextlib.suppress(OSError):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP).close()
        return True
    return False


def settings(random, kind):
    """-> {name under net/ipv4: value} of a host, where it is not the usual one"""
    if not kind.unusual:
        return {name: 0 for name in kind.lacks}
    found = {name: random.choice(OTHERS.get(name, (1 - usual,)))
             for name, usual in USUAL.items() if random.random() < UNUSUAL}
    return {**found, "tcp_fastopen": kind.fast_open} if kind.fast_open else found


def mtu(random, kind):
    """-> of a host, or None for the usual one"""
    return random.choice(MTUS[kind.family]) if kind.unusual and random.random() < UNUSUAL else None


def options(random, kind):
    """-> [(level, name, value), ...] of a socket"""
    found = []
    if not kind.unusual:
        return found
    if random.random() < 0.3:
        found.append((socket.IPPROTO_TCP, socket.TCP_CONGESTION, random.choice(CONGESTION_CONTROLS).encode()))
    if random.random() < 0.2:
        found.append((socket.IPPROTO_TCP, socket.TCP_MAXSEG, random.choice(SEGMENTS)))
    for name in (socket.TCP_NODELAY, socket.TCP_QUICKACK):
        if random.random() < 0.2:
            found.append((socket.IPPROTO_TCP, name, 1))
    return found


def apply(made, wanted):
    """Sets what this kernel knows, for this kind of socket."""
    for each in wanted:
        with contextlib.suppress(OSError):
            made.setsockopt(*each)
