#!/usr/bin/python3
"""A disk whose files, all of one size, break while they are read.

broken_disk.py FOLDER SIZE_BYTES WHOLE breaks|hangs|slow

The first WHOLE times that a file is opened it can be read to its end; later only
its first half. Then comes EIO, as of a disk with a bad sector, or nothing, as of
a network that is gone. A slow one gives all, and each piece takes its time. Stays
until it is unmounted.
"""
import errno
import stat
import sys
import threading
import time

from fusepy import FUSE, FuseOSError, Operations

folder, size_bytes, whole, how = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


class Disk(Operations):
    opened = 0

    def getattr(self, path, handle=None):
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        return {"st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": size_bytes}

    def open(self, path, flags):
        self.opened += 1
        return self.opened

    def read(self, path, length, offset, handle):
        if handle > whole and how == "slow":
            time.sleep(0.15)
        elif handle > whole and offset >= size_bytes // 2:
            if how == "hangs":
                threading.Event().wait()
            raise FuseOSError(errno.EIO)
        return bytes([5]) * max(min(length, size_bytes - offset), 0)


# Not from the cache: each read comes here.
FUSE(Disk(), folder, foreground=True, direct_io=True)
