"""Which sources of a target can be compiled as one: reads lines "TARGET SOURCE", prints lines "TARGET SOURCE GROUP".

    groups.py LINES    groups of at most about LINES lines

Two sources that give one name to things of their own stand in different groups, and so do two of which one gives a name that the
other includes.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parent.parent
RAW_STRING = re.compile(r'R"(\w*)\(.*?\)\1"', re.S)
PRIVATE = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.M | re.S)
IMPORTED = re.compile(r"^using (?!std::)[\w:]*?(\w+);", re.M)  # all mean the same by a name of std
# A line at the left edge declares; a word before one of these signs is what it declares, or near enough.
DECLARED = re.compile(r"\b([A-Za-z]\w*)(?= ?(?:[({=;\[]|$))")
INCLUDED = re.compile(r'^#include "(.*\.h)"$', re.M)
SHARED = re.compile(r"^(?:inline [^(\n]*?(?=\w+(?:\(| =))|class |struct )(\w+)", re.M)
HARMLESS = {"INSTANTIATE_TEST_SUITE_P", "TEST", "TEST_F", "TEST_P", "Values", "filesystem", "fs", "return", "size", "static_assert"}


def own_names(text):
    names = set(IMPORTED.findall(text))
    for block in PRIVATE.findall(RAW_STRING.sub("", text)):
        for line in block.splitlines():
            if re.match(r"[A-Za-z]", line):
                names.update(DECLARED.findall(re.split("//| : ", line)[0].rstrip()))
    return names - HARMLESS


def included_names(text):
    headers = [ROOT / path for path in INCLUDED.findall(text)]
    return {name for header in headers if header.exists() for name in SHARED.findall(header.read_text())}


def grouped(sources, lines_max):
    groups = []  # [own names, included names, lines, sources]
    for source in sources:
        text = pathlib.Path(source).read_text()
        own, included, lines = own_names(text), included_names(text), text.count("\n")
        for group in groups:
            apart = own.isdisjoint(group[0] | group[1]) and included.isdisjoint(group[0])
            if apart and group[2] + lines <= lines_max:
                break
        else:
            groups.append(group := [set(), set(), 0, []])
        group[0] |= own
        group[1] |= included
        group[2] += lines
        group[3].append(source)
    return [group[3] for group in groups]


targets = collections.defaultdict(list)
for line in sys.stdin.read().splitlines():
    target, source = line.split(" ", 1)
    targets[target].append(source)
for target, sources in targets.items():
    for number, group in enumerate(grouped(sources, int(sys.argv[1]))):
        for source in group:
            print(target, source, number)
