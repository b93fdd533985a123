#!/usr/bin/python3
"""A drag source made of GTK 3 or Qt 5, so that a real toolkit's drag meets ours.

source.py gtk|qt TITLE TYPE=FILE...

Opens a window with this title and offers each TYPE with the bytes of FILE.
Prints `begin`, `asked TYPE` and `end ACTION` lines, and `over` for every move of
the pointer over it. In GTK, with SOURCE_ACTIONS=move nothing may be copied.
"""
import os
import sys


def say(*words):
    print(*words, flush=True)


def offers():
    """(type, bytes) in the order given."""
    for word in sys.argv[3:]:
        kind, file = word.rsplit("=", 1)
        with open(file, "rb") as handle:
            yield kind, handle.read()


def gtk(title, data):
    import gi

    gi.require_version("Gtk", "3.0")
    from gi.repository import Gdk, Gtk

    window = Gtk.Window(title=title)
    window.set_default_size(200, 150)
    x, y = os.environ.get("SOURCE_AT", "10,10").split(",")
    window.move(int(x), int(y))
    handle = Gtk.EventBox()
    handle.add(Gtk.Label(label="drag me"))
    window.add(handle)
    targets = [Gtk.TargetEntry.new(kind, 0, at) for at, (kind, _) in enumerate(data)]
    actions = Gdk.DragAction.MOVE
    if os.environ.get("SOURCE_ACTIONS") != "move":
        actions |= Gdk.DragAction.COPY
    handle.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, targets, actions)

    def give(_widget, _context, selection, info, _time):
        say("asked", data[info][0])
        selection.set(selection.get_target(), 8, data[info][1])

    def end(_widget, context):
        say("end", int(context.get_selected_action()))

    handle.add_events(Gdk.EventMask.POINTER_MOTION_MASK | Gdk.EventMask.ENTER_NOTIFY_MASK)
    handle.connect("enter-notify-event", lambda *_: say("over"))
    handle.connect("motion-notify-event", lambda *_: say("over"))
    handle.connect("drag-begin", lambda *_: say("begin"))
    handle.connect("drag-data-get", give)
    handle.connect("drag-end", end)
    window.connect("destroy", Gtk.main_quit)
    window.show_all()
    Gtk.main()


def qt(title, data):
    from PyQt5.QtCore import QMimeData, Qt
    from PyQt5.QtGui import QDrag
    from PyQt5.QtWidgets import QApplication, QLabel

    class Handle(QLabel):
        def mouseMoveEvent(self, event):  # noqa: N802
            if not event.buttons() & Qt.LeftButton:
                return say("over")
            mime = QMimeData()
            for kind, content in data:
                mime.setData(kind, content)
            drag = QDrag(self)
            drag.setMimeData(mime)
            say("begin")
            say("end", int(drag.exec_(Qt.CopyAction)))

    program = QApplication(sys.argv[:1])
    handle = Handle("drag me")
    handle.setWindowTitle(title)
    handle.setGeometry(10, 40, 200, 150)
    handle.setMouseTracking(True)
    handle.show()
    sys.exit(program.exec_())


{"gtk": gtk, "qt": qt}[sys.argv[1]](sys.argv[2], list(offers()))
