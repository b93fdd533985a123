#!/usr/bin/python3
"""Another program's side of the clipboard, by GTK 3.

clipboard.py own TEXT         copies TEXT, says "ready", and stays
clipboard.py read             prints the text that the clipboard holds
"""
import sys

import gi  

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
if sys.argv[1] == "own":
    clipboard.set_text(sys.argv[2], -1)
    # The answer to a question means that the server has seen the above, too.
    Gdk.Display.get_default().sync()
    print("ready", flush=True)
    Gtk.main()
else:
    print(clipboard.wait_for_text() or "")
