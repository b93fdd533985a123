#!/usr/bin/python3
"""A hand in mutter, through its interface for remote desktops.

Reads `to X Y`, `down`, `up` and `keys CODE...` lines (codes of Linux' input
events; all are held, then let go), and answers each with a line.
"""
import sys
import time

from gi.repository import Gio, GLib

NAME = "org.gnome.Mutter.RemoteDesktop"
LEFT = 0x110
LIMIT_SECS = 40

bus = Gio.bus_get_sync(Gio.BusType.SESSION)
place = [0, 0]


def call(path, interface, method, arguments=None):
    flags = Gio.DBusCallFlags.NONE
    return bus.call_sync(NAME, path, interface, method, arguments, None, flags, LIMIT_SECS * 1000, None)


def begin():
    end = time.time() + LIMIT_SECS
    while True:
        try:
            return call("/" + NAME.replace(".", "/"), NAME, "CreateSession")[0]
        except GLib.Error:  # it is not there yet
            if time.time() > end:
                raise
            time.sleep(0.1)


session = begin()


def ask(method, *arguments):
    call(session, NAME + ".Session", method, *arguments)


def move(x, y):
    ask("NotifyPointerMotionRelative", GLib.Variant("(dd)", (float(x), float(y))))


ask("Start")
# Into the corner, from where the way is known.
move(-5000, -5000)
print("ready", flush=True)
for line in sys.stdin:
    word, *numbers = line.split()
    if word == "to":
        x, y = (int(number) for number in numbers)
        move(x - place[0], y - place[1])
        place = [x, y]
    elif word == "keys":
        codes = [int(number) for number in numbers]
        for code in codes:
            ask("NotifyKeyboardKeycode", GLib.Variant("(ub)", (code, True)))
        for code in reversed(codes):
            ask("NotifyKeyboardKeycode", GLib.Variant("(ub)", (code, False)))
    else:
        ask("NotifyPointerButton", GLib.Variant("(ib)", (LEFT, word == "down")))
    print("done", flush=True)
