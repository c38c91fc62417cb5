# SPDX-License-Identifier: BSD-3-Clause
"""The samples: what both applications do, what the relay does, and what must come of it."""
import select
import socket
import struct

from .lab import SERVER_PORT, Connection, Sample, Wrong
from .relay import HIDE, LOSE, LOSE_BEFORE

OPEN = ">S <S. >. "
TALK = ">P. <. <P. >. "
CLIENT = "CLOSED SYN_SENT ESTABLISHED "
SERVER = "LISTEN SYN_RECEIVED ESTABLISHED "
ACTIVE = "FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT"
PASSIVE = "CLOSE_WAIT LAST_ACK CLOSED"
CLOSING = "FIN_WAIT_1 CLOSING TIME_WAIT"
BY_CLIENT = {"teardown": "graceful", "closed_first": "client", "time_wait": "client", "segments": 4}
BY_SERVER = {"teardown": "graceful", "closed_first": "server", "time_wait": "server", "segments": 4}

SAMPLES = []


def sample(name, why, frames, *connections, **options):
    def add(act):
        SAMPLES.append(Sample(name, why, act, frames, list(connections), **options))
        return act
    return add


def closed_by_client(**options):
    return Connection(CLIENT + ACTIVE, SERVER + PASSIVE, verdicts=BY_CLIENT, **options)


@sample("vlan-tagged-close", "a close by the client on a trunk: every frame has a tag of IEEE 802.1Q, VLAN 10",
        OPEN + TALK + ">F. <. <F. >.", closed_by_client(), vlan=10)
@sample("ipv6-normal-close", "a close by the client over IPv6",
        OPEN + TALK + ">F. <. <F. >.", closed_by_client(), family=6)
@sample("normal-close-by-client", "the client closes first, in four segments",
        OPEN + TALK + ">F. <. <F. >.", closed_by_client())
def close_by_client(lab):
    near, far = lab.connect()
    lab.exchange(near, far)
    lab.close_in_turn(near, far)


@sample("normal-close-by-server", "the server closes first, in four segments: TIME_WAIT is at the server",
        OPEN + TALK + "<F. >. >F. <.",
        Connection(CLIENT + PASSIVE, SERVER + ACTIVE, verdicts=BY_SERVER))
def close_by_server(lab):
    near, far = lab.connect()
    lab.exchange(near, far)
    lab.close_in_turn(far, near)


@sample("three-segment-close", "the server closes at once: its FIN carries the ACK of the client's FIN",
        OPEN + TALK + ">F. <F. >.",
        Connection(CLIENT + ACTIVE, SERVER + PASSIVE, verdicts={**BY_CLIENT, "segments": 3}))
def three_segments(lab):
    near, far = lab.connect()
    lab.exchange(near, far)
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    near.close()
    lab.receive_end(far)
    far.close()


@sample("simultaneous-close", "both ends close at the same time; the FINs cross",
        OPEN + TALK + "( >F. <F. | <F. >F. ) ( >. <. | <. >. )",
        Connection(CLIENT + CLOSING, SERVER + CLOSING,
                   verdicts={"teardown": "simultaneous", "closed_first": "both", "time_wait": "both"},
                   require=("simultaneous-close",)))
def simultaneous_close(lab):
    near, far = lab.connect()
    lab.exchange(near, far)
    near.close()
    far.close()


@sample("half-close-with-data", "the client shuts its sending half down; the server goes on sending",
        OPEN + TALK + ">F. <. <P. >. <P. >. <F. >.",
        closed_by_client(require=("half-close-data",)))
def half_close(lab):
    near, far = lab.connect()
    lab.exchange(near, far)
    near.shutdown(socket.SHUT_WR)
    lab.receive_end(far)
    for part in (b"There is more.\n", b"And more.\n"):
        lab.pause()
        far.sendall(part)
        lab.receive(near)
    lab.pause()
    far.close()
    lab.receive_end(near)
    near.close()


@sample("refused", "nothing listens on the port: the SYN is answered by RST",
        ">S <R.",
        Connection("CLOSED SYN_SENT CLOSED", "", handshake="refused", require=("syn-refused",),
                   shown={"server": None}, states={"server": "CLOSED"}))
def refused(lab):
    try:
        lab.dial().connect((lab.server.address, SERVER_PORT))
    except ConnectionRefusedError:
        return
    raise Wrong("not refused")


@sample("syn-lost", "the first SYN is lost beyond the capture point and sent again after a second",
        ">S >S <S. >. " + TALK + ">F. <. <F. >.",
        closed_by_client(require=("syn-retransmitted",), allow=("handshake-slow",)))
def syn_lost(lab):
    lab.relay.rule(LOSE, ">S")
    close_by_client(lab)


@sample("syn-unanswered", "three SYNs without any answer; then the client gives up, which no frame shows",
        ">S >S >S udp",
        Connection("CLOSED SYN_SENT CLOSED", "", handshake="unanswered",
                   require=("syn-retransmitted", "syn-unanswered"),
                   shown={"client": "CLOSED SYN_SENT", "server": None}),
        client_sysctls={"net/ipv4/tcp_syn_retries": 2, "net/ipv4/tcp_syn_linear_timeouts": 0})
def syn_unanswered(lab):
    lab.relay.rule(LOSE, ">S", times=9)
    try:
        lab.dial().connect((lab.server.address, SERVER_PORT))
    except TimeoutError:
        lab.marker()
        return
    raise Wrong("answered")


@sample("handshake-ack-lost", "the handshake's ACK is lost beyond the capture point; the server repeats its SYN ACK",
        ">S <S. >. <S. >. " + TALK + ">F. <. <F. >.",
        closed_by_client(require=("synack-retransmitted", "handshake-ack-lost-beyond-vantage")))
def handshake_ack_lost(lab):
    lab.relay.rule(LOSE, ">.", after="<S.")
    close_by_client(lab)


@sample("simultaneous-open", "both ends connect to each other at the same time; the SYNs cross",
        ">S <S ( >S. <S. | <S. >S. ) ( >. <. | <. >. | >. | <. | ) " + TALK + ">F. <. <F. >.",
        Connection("CLOSED SYN_SENT SYN_RECEIVED ESTABLISHED " + ACTIVE,
                   "CLOSED SYN_SENT SYN_RECEIVED ESTABLISHED " + PASSIVE,
                   handshake="simultaneous", verdicts=BY_CLIENT, require=("simultaneous-open",)))
def simultaneous_open(lab):
    near, far = lab.dial(), lab.keep(lab.server.socket(SERVER_PORT))
    for end, peer, port in ((near, lab.server, SERVER_PORT), (far, lab.client, lab.client_port)):
        end.setblocking(False)
        end.connect_ex((peer.address, port))
    for end in (near, far):
        select.select([], [end], [], 5)
        end.settimeout(5)
    lab.pause()
    lab.exchange(near, far)
    lab.close_in_turn(near, far)


@sample("abort", "the client aborts (SO_LINGER 0): RST instead of FIN",
        OPEN + TALK + ">R.",
        Connection(CLIENT + "CLOSED", SERVER + "CLOSED",
                   verdicts={"teardown": "reset", "reset_by": "client", "closed_first": "client", "time_wait": "none"},
                   require=("rst-abort",)))
def abort(lab):
    near, far = lab.connect()
    lab.exchange(near, far)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    near.close()


@sample("data-after-close", "the server still sends after the client has closed; RST answers the data",
        OPEN + TALK + ">F. <. <P. >R",
        Connection(CLIENT + "FIN_WAIT_1 FIN_WAIT_2 CLOSED", SERVER + "CLOSE_WAIT CLOSED",
                   verdicts={"teardown": "reset", "reset_by": "client", "closed_first": "client", "time_wait": "none"},
                   require=("rst-data-after-close",)))
def data_after_close(lab):
    near, far = lab.connect()
    lab.exchange(near, far)
    near.close()
    lab.receive_end(far)
    lab.pause()
    far.sendall(b"Are you still there?\n")
    lab.pause()


@sample("missing-ack", "the last ACK is lost, each time, before it reaches the capture point; the server repeats its FIN",
        OPEN + TALK + ">F. <. <F. <F. <F. <F. <F. udp",
        Connection(CLIENT + ACTIVE, SERVER + "CLOSE_WAIT LAST_ACK",
                   verdicts={"closed_first": "client", "time_wait": "client"},
                   require=("final-ack-missing", "fin-retransmitted-in-time-wait"), allow=("time-wait-not-reacked",)))
def missing_ack(lab):
    lab.relay.rule(LOSE_BEFORE, ">.", after="<F.", times=99)
    near, far = lab.connect()
    lab.exchange(near, far)
    lab.close_in_turn(near, far)
    lab.relay.wait("<F.", 5)
    lab.pause(1.2)
    lab.marker()


@sample("missing-ack-not-captured", "the last ACK arrives, but the capture missed it: the FIN is not repeated",
        OPEN + TALK + ">F. <. <F. udp",
        Connection(CLIENT + ACTIVE, SERVER + PASSIVE, verdicts={"closed_first": "client", "time_wait": "client"},
                   require=("final-ack-missing",), shown={"server": SERVER + "CLOSE_WAIT LAST_ACK"}))
def missing_ack_not_captured(lab):
    lab.relay.rule(HIDE, ">.", after="<F.")
    close_by_client(lab)
    lab.pause(3.5)
    lab.marker()


@sample("fin-ack-lost", "the ACK of the client's FIN is lost beyond the capture point; the client repeats its FIN",
        OPEN + TALK + ">F. <. >F. <. <F. >.",
        closed_by_client(require=("fin-retransmitted", "fin-ack-lost-beyond-vantage")))
def fin_ack_lost(lab):
    lab.relay.rule(LOSE, "<.", after=">F.")
    near, far = lab.connect()
    lab.exchange(near, far)
    near.close()
    lab.relay.wait(">F.", 2)
    lab.close_in_turn(near, far)


@sample("fin-retransmitted-in-time-wait",
        "the last ACK is lost beyond the capture point; the server repeats its FIN, TIME_WAIT acknowledges it again",
        OPEN + TALK + ">F. <. <F. >. <F. >.",
        closed_by_client(require=("fin-retransmitted-in-time-wait", "fin-ack-lost-beyond-vantage")))
def fin_retransmitted_in_time_wait(lab):
    lab.relay.rule(LOSE, ">.", after="<F.")
    close_by_client(lab)
    lab.relay.wait("<F.", 2)
    lab.pause()


@sample("rst-on-late-fin", "the client's FIN_WAIT_2 has timed out when the server closes; RST answers the late FIN",
        OPEN + TALK + ">F. <. <F. >R",
        Connection(CLIENT + "FIN_WAIT_1 FIN_WAIT_2 CLOSED", SERVER + PASSIVE,
                   verdicts={"teardown": "late-reset", "closed_first": "client", "time_wait": "none"},
                   require=("rst-on-late-fin",)),
        client_sysctls={"net/ipv4/tcp_fin_timeout": 1})
def rst_on_late_fin(lab):
    near, far = lab.connect()
    lab.exchange(near, far)
    near.close()
    lab.receive_end(far)
    lab.pause(2.5)
    far.close()
    lab.pause()


@sample("port-reuse-in-time-wait", "the client connects again from the same port while the server is in TIME_WAIT",
        OPEN + TALK + "<F. >. >F. <. " + OPEN + TALK + ">F. <. <F. >.",
        Connection(CLIENT + PASSIVE, SERVER + ACTIVE + " CLOSED", verdicts=BY_SERVER,
                   allow=("time-wait-truncated", "port-reused")),
        closed_by_client(require=("port-reused",), allow=("time-wait-truncated",)))
def port_reuse(lab):
    listener = lab.listen()
    for first in (1, 0):
        ends = lab.connect(listener)
        lab.exchange(*ends)
        lab.close_in_turn(ends[first], ends[1 - first])


@sample("keep-alive", "an idle connection: the client probes every two seconds, the server answers",
        OPEN + TALK + ">. <. >. <. >F. <. <F. >.",
        closed_by_client(require=("keep-alive",)),
        check=lambda found: [found[index].seq for index in (7, 9)] == [found[6].seq - 1] * 2)
def keep_alive(lab):
    near, far = lab.connect()
    for option, value in ((socket.TCP_KEEPIDLE, 2), (socket.TCP_KEEPINTVL, 2)):
        near.setsockopt(socket.IPPROTO_TCP, option, value)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    lab.exchange(near, far)
    lab.pause(4.5)
    lab.close_in_turn(near, far)


@sample("zero-window", "the server does not read for a while: its window closes, the client probes, the window opens",
        OPEN + "( >. | >P. | <. )+ >F. <. <F. >.",
        closed_by_client(require=("zero-window",)),
        check=lambda found: any(one.window == 0 for one in found))
def zero_window(lab):
    near, far = lab.connect(lab.listen(receive_buffer=2304))
    near.sendall(bytes(4000))
    lab.pause(0.7)
    rest = 4000
    while rest:
        rest -= len(far.recv(rest))
    lab.pause(0.3)
    lab.close_in_turn(near, far)
