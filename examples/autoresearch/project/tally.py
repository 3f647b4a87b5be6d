"""Counts of what followed what. Stands for the packages that a real project locks."""
import collections

VERSION = "1.0"


def count(text, order):
    """context -> byte -> how often, for every context of up to `order` bytes."""
    counts = collections.defaultdict(collections.Counter)
    for i in range(len(text)):
        for n in range(min(order, i) + 1):
            counts[text[i - n : i]][text[i]] += 1
    return counts


def main():
    print("tally", VERSION)
