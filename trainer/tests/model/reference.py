#!/usr/bin/env python3
"""Writes reference_values.h for the tests of the model and the optimizer, in float64 and with the standard
library alone; it shares no code with the C++. Derivatives are by hand, and finite differences check them. A
matrix is a list of rows; the model sees one sequence at a time, so every activation is (T, something)."""
import cmath
import math
import operator
import subprocess
from pathlib import Path

DEPTH, WIDTH, HEADS, T, B, MICRO_BATCHES, VOCAB = 4, 64, 2, 12, 2, 2, 24
HEAD_DIM, TOKENS, SCORE_SCALE = WIDTH // HEADS, MICRO_BATCHES * B * T, (WIDTH // HEADS) ** -0.5
GATE_CHANNELS, PATTERN, NORM_EPS, SOFTCAP, ROPE_BASE = 32, "SSSL", 1.19e-7, 15.0, 1e4
WEIGHT_DECAY = 0.2 * (1 - 0.25)  # progress 0.25, where the learning-rate multiplier is still 1
MUON_LR, MUON_BETA2, ADAM_EPS, DIM_SCALE = 0.04, 0.95, 1e-10, (WIDTH / 768) ** -0.5
ADAM = {  # kind: learning rate, beta1, beta2
    "wte": (0.6 * DIM_SCALE, 0.8, 0.95), "head": (0.004 * DIM_SCALE, 0.8, 0.95),
    "ve": (0.6 * DIM_SCALE, 0.8, 0.95), "resid_lambda": (0.005, 0.8, 0.95), "x0_lambda": (0.5, 0.96, 0.95)}
POLAR_EXPRESS = ((8.156554524902461, -22.48329292557795, 15.878769915207462),
                 (4.042929935166739, -2.808917465908714, 0.5000178451051316),
                 (3.8916678022926607, -2.772484153217685, 0.5060648178503393),
                 (3.285753657755655, -2.3681294933425376, 0.46449024233003106),
                 (2.3465413258596377, -1.7097828382687081, 0.42323551169305323))
CENTRES = {"resid_lambda": 1.0, "x0_lambda": 0.1}
SCALES = {"wte": 1.0, "head": 0.2, "resid_lambda": 0.1, "x0_lambda": 0.05, "qkv": 0.12, "fc": 0.12,
          "o": 0.08, "proj": 0.08, "ve": 0.5, "gate": 0.3}


def dot(a, b):
    return sum(map(operator.mul, a, b))


def transpose(a):
    return [list(column) for column in zip(*a)]


def matmul_nt(a, b):
    """a (n, k), b (m, k) -> a b^T (n, m)."""
    return [[dot(row, other) for other in b] for row in a]


def elementwise(f, *matrices):
    return [list(map(f, *rows)) for rows in zip(*matrices)]


def zeros_like(a):
    return [[0.0] * len(row) for row in a]


def flat(a):
    return [x for row in a for x in row]


def rows_of(values, width):
    return [values[i:i + width] for i in range(0, len(values), width)]


class Node:
    """A matrix, the gradient of the loss by it, and pairs (input, rule): rule maps this gradient to what it
    adds to the input's. Each method below makes a node; in its formulas x is `self`, dx the gradient by x."""
    def __init__(self, rows, *inputs):
        self.rows, self.grad, self.inputs = rows, zeros_like(rows), inputs
        self.depth = 1 + max((source.depth for source, _ in inputs), default=0)

    def backward(self, seed):
        """Adds to .grad of all that x came from, with dx = seed everywhere; the deepest node goes first."""
        self.grad, pending = elementwise(lambda _: seed, self.rows), {self: True}
        while pending:
            node = max(pending, key=lambda some: some.depth)
            del pending[node]
            for source, rule in node.inputs:
                source.grad = elementwise(operator.add, source.grad, rule(node.grad))
                pending[source] = True

    def __add__(self, other):
        total = elementwise(operator.add, self.rows, other.rows)
        return Node(total, (self, lambda grad: grad), (other, lambda grad: grad))

    def map(self, f, slope):
        """y = f(x) and dx = slope(x) dy, elementwise."""
        return Node(elementwise(f, self.rows),
                    (self, lambda grad: elementwise(lambda a, g: slope(a) * g, self.rows, grad)))

    def transposed(self):
        return Node(transpose(self.rows), (self, transpose))

    def columns(self, begin, end):
        left, right = [0.0] * begin, [0.0] * (len(self.rows[0]) - end)
        return Node([row[begin:end] for row in self.rows],
                    (self, lambda grad: [left + row + right for row in grad]))

    def linear(self, w):
        """x (T, in), w (out, in) -> y = x w^T (T, out); dx = dy w, dw = dy^T x."""
        return Node(matmul_nt(self.rows, w.rows), (self, lambda grad: matmul_nt(grad, transpose(w.rows))),
                    (w, lambda grad: matmul_nt(transpose(grad), transpose(self.rows))))

    def times(self, s):
        """x (T, C) with a factor for each row, s (T, 1)."""
        def rule(rows):
            return [[factor * a for a in row] for row, (factor,) in zip(rows, s.rows)]
        return Node(rule(self.rows), (self, rule), (s, lambda grad: [[d] for d in map(dot, grad, self.rows)]))

    def rms_norm(self):
        """Per row y = x r, r = 1 / sqrt(mean(x^2) + eps); dx = r (dy - y mean(y dy))."""
        width = len(self.rows[0])
        inverse = [1 / math.sqrt(dot(row, row) / width + NORM_EPS) for row in self.rows]
        y = [[a * r for a in row] for row, r in zip(self.rows, inverse)]
        return Node(y, (self, lambda grad: [
            [r * (g - a * dy_y / width) for g, a in zip(g_row, row)]
            for g_row, row, r, dy_y in zip(grad, y, inverse, map(dot, grad, y))]))

    def rope(self):
        """(T, hd), halves x1 and x2 -> (x1 c + x2 s, -x1 s + x2 c): x1 + i x2 turned by -t base^(-2j/hd)."""
        def rotate(rows, sign):
            y = [[complex(*pair) * cmath.rect(1, sign * t * ROPE_BASE ** (-2 * j / HEAD_DIM))
                  for j, pair in enumerate(zip(row, row[HEAD_DIM // 2:]))] for t, row in enumerate(rows)]
            return [[z.real for z in row] + [z.imag for z in row] for row in y]
        return Node(rotate(self.rows, -1), (self, lambda grad: rotate(grad, 1)))

    def causal_softmax(self, window):
        """(T, T) -> p_ij = softmax_j(x_ij / sqrt(hd)) over i - window <= j <= i, else 0; dx_ij = p_ij (dp_ij
        - sum_j p_ij dp_ij) / sqrt(hd). Needs no maximum: q and k are normalised, so that |x_ij| <= hd."""
        exps = [[math.exp(SCORE_SCALE * a) if i - window <= j <= i else 0.0 for j, a in enumerate(row)]
                for i, row in enumerate(self.rows)]
        p = [[e / sum(row) for e in row] for row in exps]
        return Node(p, (self, lambda grad: [
            [SCORE_SCALE * a * (g - mean) for a, g in zip(row, g_row)]
            for row, g_row, mean in zip(p, grad, map(dot, p, grad))]))

    def cross_entropy(self, targets):
        """x (T, V) -> losses l = -log softmax(x)[target] (T, 1); dx = (softmax(x) - onehot) dl. |x| <= 15."""
        exps = elementwise(math.exp, self.rows)
        losses = [[math.log(sum(e)) - row[y]] for e, row, y in zip(exps, self.rows, targets)]
        return Node(losses, (self, lambda grad: [
            [g * (e / sum(row) - (c == y)) for c, e in enumerate(row)]
            for (g,), row, y in zip(grad, exps, targets)]))


def windows(depth=DEPTH, length=T):
    return [length if letter == "L" else length // 2 for letter in (PATTERN * depth)[:depth - 1] + "L"]


def shapes(depth=DEPTH, width=WIDTH, heads=HEADS, vocab=VOCAB):
    """Name -> (rows, columns), in the order of the header."""
    out = {"wte": (vocab, width), "head": (vocab, width), "resid_lambda": (1, depth), "x0_lambda": (1, depth)}
    for i in range(depth):
        out |= {f"h{i}.qkv": (3 * width, width), f"h{i}.o": (width, width),
                f"h{i}.fc": (4 * width, width), f"h{i}.proj": (width, 4 * width)}
        if i % 2 == (depth - 1) % 2:
            out |= {f"h{i}.ve": (vocab, width), f"h{i}.gate": (heads, GATE_CHANNELS)}
    return out


def kind(name):
    return name.split(".")[-1]


def initial_parameters():
    """Element k of tensor p is centre + scale sin(0.7 k + 1.3 p + 0.01 (k^2 mod 97))."""
    params = {}
    for p, (name, (rows, cols)) in enumerate(shapes().items()):
        centre, scale = CENTRES.get(kind(name), 0.0), SCALES[kind(name)]
        params[name] = rows_of([centre + scale * math.sin(0.7 * k + 1.3 * p + 0.01 * (k * k % 97))
                                for k in range(rows * cols)], cols)
    return params


def sequences():
    """(tokens, targets), each (T), of every row of micro-batch 0, then of micro-batch 1."""
    for m in range(MICRO_BATCHES):
        idx = [((7 * n + 3 * (n * n % 11)) % VOCAB + 5 * m) % VOCAB for n in range(B * T)]
        tgt = [((5 * n + 2 * (n * n % 13) + 1) % VOCAB + 3 * m) % VOCAB for n in range(B * T)]
        yield from zip(rows_of(idx, T), rows_of(tgt, T))


def attention(p, i, h, one_hot):
    """h (T, C), the normed input -> (T, C): W_o of the heads' outputs side by side is a sum over heads."""
    qkv, total = h.linear(p[f"h{i}.qkv"]), Node(zeros_like(h.rows))
    for head, at in enumerate(range(0, WIDTH, HEAD_DIM)):
        q, k, v = (qkv.columns(a, a + HEAD_DIM) for a in (at, WIDTH + at, 2 * WIDTH + at))
        if f"h{i}.ve" in p:
            gate = h.columns(0, GATE_CHANNELS).linear(p[f"h{i}.gate"]).columns(head, head + 1)
            gate = gate.map(lambda a: 2 / (1 + math.exp(-a)), lambda a: 0.5 / math.cosh(a / 2) ** 2)
            v += one_hot.linear(p[f"h{i}.ve"].transposed()).columns(at, at + HEAD_DIM).times(gate)
        weights = q.rope().rms_norm().linear(k.rope().rms_norm()).causal_softmax(windows()[i])
        total += weights.linear(v.transposed()).linear(p[f"h{i}.o"].columns(at, at + HEAD_DIM))
    return total


def forward(p, idx, targets):
    """Parameters (nodes by name) and one sequence -> its losses, a node (T, 1)."""
    one_hot = Node([[float(c == token) for c in range(VOCAB)] for token in idx])  # a table's rows, by linear
    ones = Node([[1.0]] * T)
    x0 = x = one_hot.linear(p["wte"].transposed()).rms_norm()
    for i in range(DEPTH):
        lambda_i, mu_i = (ones.linear(p[name].columns(i, i + 1)) for name in ("resid_lambda", "x0_lambda"))
        x = x.times(lambda_i) + x0.times(mu_i)
        x += attention(p, i, x.rms_norm(), one_hot)
        hidden = x.rms_norm().linear(p[f"h{i}.fc"])
        x += hidden.map(lambda a: max(a, 0) ** 2, lambda a: 2 * max(a, 0)).linear(p[f"h{i}.proj"])
    logits = x.rms_norm().linear(p["head"]).map(
        lambda a: SOFTCAP * math.tanh(a / SOFTCAP), lambda a: 1 / math.cosh(a / SOFTCAP) ** 2)
    return logits.cross_entropy(targets)


def evaluate(params, gradients=None):
    """(mean loss, the losses of all TOKENS tokens); puts the mean's gradients into the dict `gradients`."""
    nodes, losses = {name: Node(rows) for name, rows in params.items()}, []
    for idx, targets in sequences():
        loss = forward(nodes, idx, targets)
        losses += flat(loss.rows)
        if gradients is not None:
            loss.backward(1 / TOKENS)
            gradients |= {name: node.grad for name, node in nodes.items()}
    return math.fsum(losses) / TOKENS, losses


def lerp(a, b, weight):
    return elementwise(lambda x, y: x + weight * (y - x), a, b)


def adamw(p, g, state, step, lr, beta1, beta2):
    """p - lr/(1-b1^t) m / (sqrt(v/(1-b2^t)) + eps), t = step + 1."""
    m = state["m"] = lerp(state.get("m", zeros_like(p)), g, 1 - beta1)
    v = state["v"] = lerp(state.get("v", zeros_like(p)), elementwise(lambda a: a * a, g), 1 - beta2)
    rate, correction = lr / (1 - beta1 ** (step + 1)), 1 - beta2 ** (step + 1)
    return elementwise(lambda w, a, b: w - rate * a / (math.sqrt(b / correction) + ADAM_EPS), p, m, v)


def polar_express(g):
    """X = g / (1.02 |g| + 1e-6), five times X <- a X + (b A + c A^2) X, A = X X^T; by g^T if g is tall."""
    if len(g) > len(g[0]):
        return transpose(polar_express(transpose(g)))
    norm = 1.02 * math.hypot(*flat(g)) + 1e-6
    x = elementwise(lambda e: e / norm, g)
    for a, b, c in POLAR_EXPRESS:
        gram = matmul_nt(x, x)  # symmetric
        poly = elementwise(lambda e, square: b * e + c * square, gram, matmul_nt(gram, gram))
        x = elementwise(lambda e, d: a * e + d, x, matmul_nt(poly, transpose(x)))
    return x


def normuon(x, state):
    """Divides each row (column, if x is wide) by the root of its averaged mean square; restores the norm."""
    if len(x) < len(x[0]):
        return transpose(normuon(transpose(x), state))
    size = len(x[0])
    v_mean = [[dot(row, row) / size] for row in x]
    second = state["second"] = lerp(state.get("second", zeros_like(v_mean)), v_mean, 1 - MUON_BETA2)
    scales = [1 / math.sqrt(max(s, 1e-10)) for s in flat(second)]
    norm = math.sqrt(sum(flat(v_mean)) * size)
    new_norm = math.sqrt(sum(v * size * s * s for v, s in zip(flat(v_mean), scales)))
    return [[e * s * norm / max(new_norm, 1e-10) for e in row] for row, s in zip(x, scales)]


def muon(p, g, state, step):
    """Nesterov momentum, Polar Express, NorMuon; p - lr x - lr wd p [x p >= 0]."""
    momentum = 0.85 + 0.10 * min(1.0, step / 300)
    state["buf"] = lerp(state.get("buf", zeros_like(p)), g, 1 - momentum)
    x = normuon(polar_express(lerp(g, state["buf"], momentum)), state)
    lr = MUON_LR * math.sqrt(max(1.0, len(p) / len(p[0])))
    return elementwise(lambda w, e: w - (lr * e + lr * WEIGHT_DECAY * w * (e * w >= 0)), p, x)


def optimizer_step(params, gradients, states, step):
    """The new parameters. q, k and v are three matrices to Muon, though stored in one."""
    new = {name: [] for name in params}
    for name, p in params.items():
        height = WIDTH if kind(name) == "qkv" else len(p)
        for i, (part, g) in enumerate(zip(rows_of(p, height), rows_of(gradients[name], height))):
            arguments = part, g, states.setdefault((name, i), {}), step
            new[name] += adamw(*arguments, *ADAM[kind(name)]) if kind(name) in ADAM else muon(*arguments)
    return new


def check_gradients(params, gradients, h=1e-5):
    """Central differences of the mean loss, for every tensor along the largest gradient of each third of its
    elements and along one scattered direction, which sees them all. Returns the worst relative difference."""
    def along(name, d, offset):
        d = rows_of(d, len(params[name][0]))
        return evaluate(params | {name: elementwise(lambda w, e: w + offset * e, params[name], d)})[0]
    worst = 0.0
    for name, g in ((name, flat(rows)) for name, rows in gradients.items()):
        n, norm = len(g), math.hypot(*g)
        largest = [max(range(i * n // 3, (i + 1) * n // 3), key=lambda k: abs(g[k])) for i in range(3)]
        directions = [[float(k == chosen) for k in range(n)] for chosen in largest]
        directions.append([a / norm + math.sin(k * k + 1) / math.sqrt(n) for k, a in enumerate(g)])
        for d in directions:
            error = abs((along(name, d, h) - along(name, d, -h)) / (2 * h * dot(g, d)) - 1)
            assert error < 1e-6, f"{name}: {dot(g, d)} is off by {error} of itself"
            worst = max(worst, error)
    return worst


def model_size(depth, width, heads, vocab, length):
    """Parameters; FLOPs per token by the formula (full windows), and with the mean number of visible keys."""
    sizes = {name: rows * cols for name, (rows, cols) in shapes(depth, width, heads, vocab).items()}
    dense = 6 * sum(n for name, n in sizes.items() if kind(name) not in ("wte", "ve", *CENTRES))
    seen = sum(min(w, t) + 1 for w in windows(depth, length) for t in range(length)) / length
    return sum(sizes.values()), dense + 12 * width * sum(windows(depth, length)), dense + 12 * width * seen


def listed(values):
    return "{" + ", ".join(f"{value:.17g}" for value in values) + "}"


def tensors(name, matrices):
    out = f"inline constexpr Tensor k{name}[] = {{"
    for tensor, rows in matrices.items():
        f, n = flat(rows), len(flat(rows))
        samples = listed(f[k] for k in (0, n // 3, n // 2, 2 * n // 3, n - 1))
        out += f'{{"{tensor}", {math.hypot(*f):.17g}, {math.fsum(f):.17g}, {samples}}},\n'
    return out + "};\n"


HEADER = """// What the model and the optimizer must reproduce; written by reference.py, do not edit.
#pragma once

#include <cstdint>

namespace trainer::reference {{
struct ModelSize {{ std::int64_t parameters, flops_per_token, causal_flops_per_token; }};
// The samples are the elements 0, n/3, n/2, 2n/3 and n-1.
struct Tensor {{ const char* name; double norm, sum; double samples[5]; }};
inline constexpr ModelSize kTinySize = {tiny}, kAutoresearchSize = {autoresearch};
// Losses of micro-batch 1's tokens at the initial parameters; mean losses at step 1, at step 2 and after it.
inline constexpr double kLosses[] = {losses};
inline constexpr double kMeanLosses[] = {means};
{tensors}
}}  // namespace trainer::reference
"""


def main():
    params, gradients, states, results = [initial_parameters()], [{}, {}], {}, []
    for step in range(2):
        results.append(evaluate(params[step], gradients[step]))
        params.append(optimizer_step(params[step], gradients[step], states, step))
    results.append(evaluate(params[2]))
    print(f"worst relative error of finite differences: {check_gradients(params[0], gradients[0]):.2g}")
    names, path = ("Gradients", "AfterStep1", "AfterStep2"), Path(__file__).parent / "reference_values.h"
    path.write_text(HEADER.format(
        tiny=listed(model_size(DEPTH, WIDTH, HEADS, VOCAB, T)), means=listed(mean for mean, _ in results),
        autoresearch=listed(model_size(8, 512, 4, 8192, 2048)), losses=listed(results[0][1][:B * T]),
        tensors="".join(map(tensors, names, (gradients[0], *params[1:])))))
    subprocess.run(["clang-format-19", "-i", path], check=True)


if __name__ == "__main__":
    main()
