"""Data and judge, frozen: `python3 prepare.py` makes the data once; train.py imports the rest."""
import math
import pathlib
import random

CACHE = pathlib.Path.home() / ".cache" / "autoresearch"
TRAIN_BYTES, VAL_BYTES = 120_000, 12_000
WORDS = """the a small large old new ship wind harbour sea captain sailor letter morning evening storm quiet ran stood
saw heard wrote remembered under over beyond before after slowly suddenly never always and but while""".split()


def make_text(size, seed):
    """Sentences in which each word hints at the next."""
    dice = random.Random(seed)
    after = {word: random.Random(i).choices(WORDS, k=4) for i, word in enumerate(WORDS)}
    words, length, word = [], 0, "the"
    while length < size:
        word = dice.choice(after[word]) if dice.random() < 0.9 else dice.choice(WORDS)
        words.append(word + ("." if dice.random() < 0.1 else ""))
        length += len(words[-1]) + 1
    return " ".join(words).encode()[:size]


def load(name):
    return (CACHE / name).read_bytes()


def evaluate_bpb(predict):
    """Bits per byte of the validation text. predict(context) gives 256 probabilities for the next byte."""
    text = load("val.txt")
    bits = 0.0
    for i in range(1, len(text)):
        chances = predict(text[max(0, i - 16) : i])
        if i % 997 == 0 and abs(sum(chances) - 1) > 1e-6:
            raise ValueError(f"the probabilities at byte {i} sum to {sum(chances)}, not to 1")
        bits -= math.log2(chances[text[i]])
    return bits / (len(text) - 1)


if __name__ == "__main__":
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "train.txt").write_bytes(make_text(TRAIN_BYTES, 1))
    (CACHE / "val.txt").write_bytes(make_text(VAL_BYTES, 2))
