#!/usr/bin/python3
"""Reaches into the window through the accessibility tree, as a screen reader does.

reach.py tree                 prints the tree
reach.py wait NAME            waits until a node with this name is shown
reach.py watch NAME           the same; says so in a line once it looks
reach.py both NAME            waits until two programs show one
reach.py gone NAME            waits until no such node is shown
reach.py now NAME             says yes or no
reach.py where NAME           prints the middle of the node on the screen
A * in NAME stands for any text. Gives up after five minutes. REACH_PROGRAM is
another program's name than ours.
"""
import fnmatch
import os
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

LIMIT_SECS = 300
PROGRAM = os.environ.get("REACH_PROGRAM", "ones")


def programs():
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(index)
        if program is not None and PROGRAM in (program.get_name() or "").lower():
            yield program


def nodes():
    for program in programs():
        yield from below(program, 0)


def below(node, depth):
    if node is None:
        return
    yield node, depth
    for index in range(node.get_child_count()):
        yield from below(node.get_child_at_index(index), depth + 1)


def matches(node, wanted):
    name = node.get_name() or ""
    return fnmatch.fnmatchcase(name, wanted)


def shows(program, wanted):
    return any(matches(node, wanted) for node, _ in below(program, 0))


def find(wanted):
    """The node; a control before the label that names it."""
    found = [node for node, _ in nodes() if matches(node, wanted) and node.get_component_iface()]
    found.sort(key=lambda node: node.get_role_name() in ("label", "static"))
    return found[0] if found else None


def middle(wanted):
    node = find(wanted)
    # What cannot be used yet takes no click.
    if node is None or not node.get_state_set().contains(Atspi.StateType.SENSITIVE):
        return None
    box = node.get_extents(Atspi.CoordType.SCREEN)
    return box.x + box.width // 2, box.y + box.height // 2


def place(wanted):
    """The middle of the node, once two looks agree on it."""
    before = middle(wanted)
    time.sleep(0.1)
    return before if before == middle(wanted) else None


def attempt(condition):
    try:
        return condition()
    except Exception:  # the tree changes while it is read
        return None


def until(condition):
    end = time.time() + LIMIT_SECS
    while time.time() < end:
        found = attempt(condition)
        if found:
            return found
        time.sleep(0.1)
    print_tree()
    sys.exit("gave up: " + " ".join(sys.argv[1:]))


def print_tree():
    for node, depth in nodes():
        print("  " * depth, node.get_role_name(), repr(node.get_name()), file=sys.stderr)


def main():
    verb, name = sys.argv[1], (sys.argv[2:] or [""])[0]
    Atspi.init()
    if verb == "tree":
        until(lambda: any(True for _ in nodes()))
        print_tree()
    elif verb == "wait":
        until(lambda: find(name))
    elif verb == "watch":
        attempt(lambda: find(name))
        print("ready", flush=True)
        until(lambda: find(name))
    elif verb == "both":
        until(lambda: sum(shows(program, name) for program in programs()) == 2)
    elif verb == "gone":
        until(lambda: find(name) is None)
    elif verb == "now":
        print("yes" if attempt(lambda: find(name)) else "no")
    elif verb == "where":
        print(*until(lambda: place(name)))


main()
