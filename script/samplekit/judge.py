# SPDX-License-Identifier: BSD-3-Clause
"""Holds a report's transitions of one side against the kernel's steps."""
import dataclasses

TOLERANCE = 0.002  # s: between the capture's clock reading and the kernel's
EDGE = 0.15  # s: about the capture's end it cannot tell what has happened; longer than any frame is on its way
BRIEF = 0.1 + EDGE  # s: the kernel's table is read as seldom, and what comes between may pass it unseen
FIRM = ("certain", "confirmed")
OPEN = ("SYN_RECEIVED", "ESTABLISHED")


@dataclasses.dataclass
class Side:
    """What came of it. None: not asked."""
    sound: bool
    timed: bool
    exact: bool | None
    consistent: bool | None
    firm: int  # steps, of
    steps: int
    untimed: list  # the transitions tied to a wrong frame


def matched(transitions, steps):
    """-> for each firm transition its step of the kernel, in order; None where the kernel's path has no such edge"""
    found, at = [], 0
    for transition in transitions:
        edge = transition["from"], transition["to"]
        while at < len(steps) and (steps[at].old, steps[at].new) != edge:
            at += 1
        if at == len(steps):
            return None
        found.append((transition, steps[at]))
        at += 1
    return found


def in_order(steps):
    return all(one.time <= other.time + TOLERANCE for one, other in zip(steps, steps[1:]))


def is_one_life(steps):
    """False where a side opened twice for one SYN: with Fast Open it may have closed before that is sent again."""
    return all(one.new == other.old for one, other in zip(steps, steps[1:]))


def in_time(transition, step, start):
    """Nobody receives a frame before it passed, or sends it after."""
    late = step.time - (start + transition["time_ns"] / 1e9)  # the kernel after the frame
    if transition["cause"] == "received":
        return late > -TOLERANCE
    return late < TOLERANCE or not step.exact


def with_brief_time_wait(transitions, steps):
    """-> the kernel's steps. A TIME_WAIT that a RST or another connection soon ended may be missing in them: where they
    go from FIN_WAIT_2 to CLOSED at a time that nobody saw, and the report has TIME_WAIT just between, they get it."""
    wanted = [("FIN_WAIT_2", "TIME_WAIT"), ("TIME_WAIT", "CLOSED")]
    last = steps[-1] if steps else None
    if last is None or last.exact or (last.old, last.new) != ("FIN_WAIT_2", "CLOSED"):
        return steps
    ours = transitions[-2:]
    if [(each["from"], each["to"]) for each in ours] != wanted or \
            ours[1]["time_ns"] - ours[0]["time_ns"] > BRIEF * 1e9:
        return steps
    return steps[:-1] + [dataclasses.replace(last, old=old, new=new) for old, new in wanted]


def judge(transitions, steps, start, end, unknown_end):
    """start, end: of the capture, s. unknown_end: the kernel's steps stop where they are not recorded."""
    transitions = [each for each in transitions if each["certainty"] != "refuted"]
    steps = with_brief_time_wait(transitions, steps)
    if unknown_end:
        known = next((at + 1 for at, each in enumerate(transitions) if each["to"] == steps[-1].new), 0)
        transitions = transitions[:known]
    firm = [each for each in transitions if each["certainty"] in FIRM and each["from"] != "UNKNOWN"]
    pairs = matched(firm, steps)
    sound = pairs is not None
    untimed = [transition for transition, step in pairs or () if not in_time(transition, step, start)]
    before = [step for step in steps if step.time <= end]
    result = Side(sound, not untimed, None, None, len(firm) if sound else 0, len(before), untimed)
    if not any((step.since or step.time) - EDGE < end < step.time + EDGE for step in steps):
        kernel = [step.new for step in before]
        ours = [each["to"] for each in transitions]
        result.exact = ours == kernel
        while transitions and transitions[-1]["certainty"] in ("presumed", "assumed"):
            transitions.pop()
        settled = [each["to"] for each in transitions]
        result.consistent = result.exact or (sound and settled == kernel[:len(settled)])
    return result


def first_closer(sides, left, one_way, end):
    """-> the answers that are right: whose FIN, or whose abort, left first; "both" where both sent a FIN before they
    knew of the other's; and who closed earlier still, but ended before its FIN could leave. Empty: not asked, since an
    abort crossed what the other did, or nothing left.

    sides: {name: steps}; left: {name: time when its first FIN or abort left}, which is later than the close where
    octets had to leave before it; one_way: the shortest time between the two hosts, s."""
    first, closed, unsent = {}, [], {}
    for name, steps in sides.items():
        for step in steps:
            if step.old in OPEN and step.new == "CLOSED" and name in left:
                first[name] = step.time  # otherwise it took a reset
            elif step.old in OPEN and step.new == "FIN_WAIT_1" and name in left:
                first[name] = left[name]
                closed.append(name)
            elif step.old in OPEN and step.new == "FIN_WAIT_1":
                unsent[name] = step.time
    if not first or any(abs(when - end) < EDGE for when in first.values()):
        return set()
    crossed = len(first) == 2 and max(first.values()) - min(first.values()) < one_way
    if crossed and len(closed) < 2:
        return set()
    earlier = {name for name, when in unsent.items() if when < min(first.values())}
    return {min(first, key=first.get)} | earlier | ({"both"} if len(closed) == 2 else set())


def side_by_side(transitions, steps, start, wrong=()):
    """-> lines: the report's transitions on the left, the kernel's on the right"""
    ours = []
    for each in transitions:
        mark = "×" if each in wrong else " "
        frame = f"#{each['frame']}" if each["frame"] else "-"
        ours.append(f"{mark}{each['time_ns'] / 1e9:10.4f} {frame:>6} {each['from']} > {each['to']} "
                    f"({each['cause']}, {each['certainty']})")
    kernel = [f"{step.time - start:10.4f}{' ' if step.exact else '~'} {step.old} > {step.new}" for step in steps]
    width = max([len(line) for line in ours] + [20])
    lines = []
    for at in range(max(len(ours), len(kernel))):
        left = ours[at] if at < len(ours) else ""
        right = kernel[at] if at < len(kernel) else ""
        lines.append(f"      {left:{width}} | {right}".rstrip())
    return lines
