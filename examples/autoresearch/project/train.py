"""The file that an agent changes. A model of counts stands for the GPT: it trains in seconds on one core."""
import time

import tally
from prepare import evaluate_bpb, load

ORDER = 2  # bytes of context
TRUST = 1.0  # how many sightings a context needs before it is believed by half

started = time.monotonic()
text = load("train.txt")
counts = tally.count(text, ORDER)
trained = time.monotonic()


def predict(context):
    chances = [1 / 256] * 256
    for n in range(ORDER + 1):
        seen = counts.get(context[len(context) - n :] if n else b"")
        if not seen:
            break
        total = sum(seen.values())
        weight = total / (total + TRUST)
        chances = [(1 - weight) * chance for chance in chances]
        for byte, count in seen.items():
            chances[byte] += weight * count / total
    return chances


val_bpb = evaluate_bpb(predict)
print("---")
print(f"val_bpb:          {val_bpb:.6f}")
print(f"training_seconds: {trained - started:.1f}")
print(f"total_seconds:    {time.monotonic() - started:.1f}")
print("peak_vram_mb:     0.0")
print(f"num_contexts:     {len(counts)}")
print(f"depth:            {ORDER}")
