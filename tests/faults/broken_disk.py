#!/usr/bin/python3
"""A disk with one file, `a.bin`, that breaks while it is read.

broken_disk.py FOLDER SIZE_BYTES WHOLE

The first WHOLE times that the file is opened it can be read to its end; later
only its first half, and then comes EIO, as of a disk with a bad sector. Stays
until it is unmounted.
"""
import errno
import stat
import sys

from fusepy import FUSE, FuseOSError, Operations

folder, size_bytes, whole = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


class Disk(Operations):
    opened = 0

    def getattr(self, path, handle=None):
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path != "/a.bin":
            raise FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": size_bytes}

    def open(self, path, flags):
        self.opened += 1
        return self.opened

    def read(self, path, length, offset, handle):
        if handle > whole and offset >= size_bytes // 2:
            raise FuseOSError(errno.EIO)
        return bytes([5]) * max(min(length, size_bytes - offset), 0)


# Not from the cache: each read comes here.
FUSE(Disk(), folder, foreground=True, nothreads=True, direct_io=True)
