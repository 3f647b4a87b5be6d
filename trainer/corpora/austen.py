#!/usr/bin/env python3
"""Jane Austen's six novels as training text, out of Debian's package r-cran-janeaustenr (public domain).

    austen.py FOLDER      writes FOLDER/train.txt (five novels) and FOLDER/val.txt (Persuasion), both read-only

The package is fetched with `apt-get download`; an archive that already lies in the folder, in $PAWL_AUSTEN_DEB or in
apt's cache is used instead, so a second run needs no network. R is not needed: its lazy-load files are zlib streams
of R's serialisation format (R Internals, chapter 1.8), of which this reads the few types that a text needs.
"""

import glob
import gzip
import os
import pathlib
import struct
import subprocess
import sys
import zlib

PACKAGE = "r-cran-janeaustenr"
TRAIN = ["sensesensibility", "prideprejudice", "mansfieldpark", "emma", "northangerabbey"]
VALIDATION = ["persuasion"]
BYTES = {"train.txt": 3_558_175, "val.txt": 466_854}  # of version 1.0.0; anything else was read wrongly

# Types of R's serialisation format (SEXPTYPE), and its flags.
SYMBOL, PAIRLIST, CHARACTERS, LOGICAL, INTEGER, REAL, STRINGS, LIST = 1, 2, 9, 10, 13, 14, 16, 19
ALTERNATIVE, REFERENCE, NIL = 238, 255, 254
HAS_ATTRIBUTES, HAS_TAG = 0x200, 0x400


class Reader:
    """Reads one serialised R value in XDR form (big-endian)."""

    def __init__(self, data):
        if data[:2] != b"X\n":
            raise ValueError("not R's XDR format")
        self.data, self.at, self.references = data, 2, []
        version, _, _ = self.integers(3)
        if version == 3:
            self.take(self.integer())  # the native encoding's name

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def integers(self, count):
        return list(struct.unpack(f">{count}i", self.take(4 * count)))

    def integer(self):
        return self.integers(1)[0]

    def value(self):
        """The next value: str, list, or a dict where the R list has names."""
        flags = self.integer()
        kind = flags & 0xFF
        if kind == NIL:
            return None
        if kind == REFERENCE:
            return self.references[(flags >> 8 or self.integer()) - 1]
        if kind == SYMBOL:
            self.references.append(self.value())
            return self.references[-1]
        if kind == CHARACTERS:
            length = self.integer()
            return None if length < 0 else self.take(length).decode()
        if kind == PAIRLIST:
            return self.pairs(flags)
        if kind == ALTERNATIVE:  # class, state, attributes; the state of a wrapper begins with the plain value
            _, state, _ = self.value(), self.value(), self.value()
            return state[0] if isinstance(state, list) else state
        values = self.vector(kind)
        if flags & HAS_ATTRIBUTES:
            names = (self.value() or {}).get("names")
            return dict(zip(names, values)) if names else values
        return values

    def pairs(self, flags):
        found = {}
        while flags & 0xFF == PAIRLIST:
            if flags & HAS_ATTRIBUTES:
                self.value()
            tag = self.value() if flags & HAS_TAG else None
            found[tag] = self.value()
            flags = self.integer()
        return found

    def vector(self, kind):
        count = self.integer()
        if kind in (LOGICAL, INTEGER):
            return self.integers(count)
        if kind == REAL:
            return list(struct.unpack(f">{count}d", self.take(8 * count)))
        if kind in (STRINGS, LIST):
            return [self.value() for _ in range(count)]
        raise ValueError(f"R type {kind} is not one that a book needs")


def read_books(folder):
    """{name: text} of the lazy-load database in `folder`: Rdata.rdx is the index into Rdata.rdb."""
    index = Reader(gzip.decompress((folder / "Rdata.rdx").read_bytes())).value()
    database = (folder / "Rdata.rdb").read_bytes()
    books = {}
    for name, (offset, length) in index["variables"].items():
        stream = database[offset + 4 : offset + length]  # four bytes of plain length come first
        lines = Reader(zlib.decompress(stream)).value()
        books[name] = "\n".join(line or "" for line in lines) + "\n"
    return books


def archive(folder):
    """The path of the package's archive: one that is here already, or a fresh download."""
    places = [os.environ.get("PAWL_AUSTEN_DEB", ""), f"{folder}/{PACKAGE}_*.deb", f"/var/cache/apt/archives/{PACKAGE}_*.deb"]
    for place in places:
        for found in glob.glob(place):
            return found
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", PACKAGE]
    for attempt in range(3):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return glob.glob(f"{folder}/{PACKAGE}_*.deb")[0]
    words = (done.stderr.strip().splitlines() or ["apt-get said nothing"])[-1]
    sys.exit(
        f"austen.py: could not download {PACKAGE}: {words}\n"
        f"Run `apt-get update` and try again, or put its .deb into {folder} (or name it in PAWL_AUSTEN_DEB)."
    )


def write_volume(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if all((folder / name).exists() and (folder / name).stat().st_size == size for name, size in BYTES.items()):
        return
    unpacked = folder / "package"
    subprocess.run(["dpkg-deb", "-x", archive(folder), unpacked], check=True)
    books = read_books(unpacked / "usr/lib/R/site-library/janeaustenr/data")
    for name, novels in (("train.txt", TRAIN), ("val.txt", VALIDATION)):
        text = "".join(books[novel] for novel in novels).encode()
        if len(text) != BYTES[name]:
            sys.exit(f"austen.py: {name} has {len(text)} bytes, not {BYTES[name]}: the package has changed")
        (folder / name).write_bytes(text)
        (folder / name).chmod(0o444)
    subprocess.run(["rm", "-rf", str(unpacked)], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[1]).resolve()
    write_volume(target)
    for name in BYTES:
        print(f"{target / name}: {BYTES[name]:,} bytes")
