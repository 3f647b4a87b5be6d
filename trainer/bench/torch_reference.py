#!/usr/bin/env python3
"""The same model and optimizer in PyTorch, compiled, on random tokens: what pawl-train's speed is compared with.

    trainer/bench/torch_reference.py [--ours TOKENS_PER_SECOND] [--seconds S]

Windows need a mask, for which flex_attention is taken; where it does not compile, scaled_dot_product_attention sees the whole
context in each layer, and the table says so. Prints a table in Markdown.
"""

import argparse
import time

import torch
import torch.nn.functional as F
from torch import nn

DEPTH, WIDTH, HEAD_DIM, CONTEXT, VOCABULARY, BATCH = 8, 512, 128, 2048, 8192, 128
HEADS = WIDTH // HEAD_DIM
WINDOWS = [CONTEXT if i == DEPTH - 1 or "SSSL"[i % 4] == "L" else CONTEXT // 2 for i in range(DEPTH)]
POLYNOMIALS = [
    (8.156554524902461, -22.48329292557795, 15.878769915207462),
    (4.042929935166739, -2.808917465908714, 0.5000178451051316),
    (3.8916678022926607, -2.772484153217685, 0.5060648178503393),
    (3.285753657755655, -2.3681294933425376, 0.46449024233003106),
    (2.3465413258596377, -1.7097838382687081, 0.42323551169305323),
]


def norm(x):
    return F.rms_norm(x, (x.size(-1),), eps=1.19e-7)


def rotate(x, cos, sin):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos + b * sin, b * cos - a * sin), dim=-1)


class Block(nn.Module):
    def __init__(self, index, attend):
        super().__init__()
        self.attend = attend
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.o = nn.Linear(WIDTH, WIDTH, bias=False)
        self.fc = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.proj = nn.Linear(4 * WIDTH, WIDTH, bias=False)
        self.has_embedding = index % 2 == (DEPTH - 1) % 2
        if self.has_embedding:
            self.embedding = nn.Embedding(VOCABULARY, WIDTH)
            self.gate = nn.Linear(32, HEADS, bias=False)

    def forward(self, x, tokens, angles):
        batch, time_, _ = x.shape
        h = norm(x)
        q, k, v = (t.view(batch, time_, HEADS, HEAD_DIM).transpose(1, 2) for t in self.qkv(h).chunk(3, dim=-1))
        if self.has_embedding:
            gate = 2 * torch.sigmoid(self.gate(h[..., :32])).transpose(1, 2).unsqueeze(-1)
            embedding = self.embedding(tokens).to(x.dtype).view(batch, time_, HEADS, HEAD_DIM).transpose(1, 2)
            v = v + gate * embedding
        q, k = norm(rotate(q, *angles)), norm(rotate(k, *angles))
        y = self.attend(q, k, v).transpose(1, 2).reshape(batch, time_, WIDTH)
        x = x + self.o(y)
        return x + self.proj(F.relu(self.fc(norm(x))).square())


class Model(nn.Module):
    def __init__(self, attends):
        super().__init__()
        self.wte = nn.Embedding(VOCABULARY, WIDTH)
        self.blocks = nn.ModuleList(Block(i, attends[i]) for i in range(DEPTH))
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.lambdas = nn.Parameter(torch.ones(DEPTH))
        self.mus = nn.Parameter(0.1 * torch.ones(DEPTH))
        turns = torch.arange(CONTEXT)[:, None] * 10000.0 ** (-torch.arange(HEAD_DIM // 2) / (HEAD_DIM // 2))[None]
        self.register_buffer("cos", turns.cos().bfloat16())
        self.register_buffer("sin", turns.sin().bfloat16())

    def forward(self, tokens, targets):
        x = x0 = norm(self.wte(tokens).bfloat16())
        for i, block in enumerate(self.blocks):
            x = block(self.lambdas[i].bfloat16() * x + self.mus[i].bfloat16() * x0, tokens, (self.cos, self.sin))
        logits = 15 * torch.tanh(self.head(norm(x)).float() / 15)
        return F.cross_entropy(logits.view(-1, VOCABULARY), targets.view(-1))


def attentions():
    """One function a layer, and what they are."""
    try:
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention

        flex = torch.compile(flex_attention)
        masks = {
            w: create_block_mask(lambda b, h, i, j, w=w: (j <= i) & (j >= i - w), None, None, CONTEXT, CONTEXT)
            for w in set(WINDOWS)
        }
        sample = torch.randn(1, HEADS, CONTEXT, HEAD_DIM, device="cuda", dtype=torch.bfloat16, requires_grad=True)
        flex(sample, sample, sample, block_mask=masks[CONTEXT]).sum().backward()
        return [lambda q, k, v, m=masks[w]: flex(q, k, v, block_mask=m) for w in WINDOWS], "flex_attention with windows"
    except Exception:  # an old version, or one that cannot compile it here
        full = lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return [full] * DEPTH, "scaled_dot_product_attention, whole context in every layer"


@torch.compile
def orthogonal(x):
    x = x.bfloat16() / (1.02 * x.norm(dim=(-2, -1), keepdim=True) + 1e-6).bfloat16()
    is_tall = x.size(-2) > x.size(-1)
    x = x.mT if is_tall else x
    for a, b, c in POLYNOMIALS:
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if is_tall else x


def muon(groups, momenta, rate):
    for shape, parameters in groups.items():
        gradients = torch.stack([p.grad for p in parameters])
        momenta[shape].lerp_(gradients, 0.05)
        update = orthogonal(gradients.lerp(momenta[shape], 0.95)).float()
        for parameter, step in zip(parameters, update):
            parameter.data.sub_(rate * step.view_as(parameter))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--ours", type=float, default=0, help="pawl-train's tokens a second")
    arguments.add_argument("--seconds", type=float, default=20)
    options = arguments.parse_args()
    torch.manual_seed(42)
    torch.set_float32_matmul_precision("high")
    began = time.monotonic()
    torch.set_default_device("cuda")
    attends, what = attentions()
    model = Model(attends)
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.to(torch.bfloat16)
    step_model = torch.compile(model)
    matrices = [p for b in model.blocks for m in b.modules() if isinstance(m, nn.Linear) for p in m.parameters()]
    others = [p for p in model.parameters() if all(p is not m for m in matrices)]
    adam = torch.optim.AdamW(others, lr=1e-3, betas=(0.8, 0.95), weight_decay=0, fused=True)
    groups = {}
    for parameter in matrices:
        groups.setdefault(tuple(parameter.shape), []).append(parameter)
    momenta = {shape: torch.zeros(len(all_), *shape, dtype=torch.bfloat16) for shape, all_ in groups.items()}
    tokens = torch.randint(VOCABULARY, (BATCH, CONTEXT))
    targets = torch.randint(VOCABULARY, (BATCH, CONTEXT))

    def step():
        step_model(tokens, targets).backward()
        adam.step()
        muon(groups, momenta, 0.01)
        model.zero_grad(set_to_none=True)
        torch.cuda.synchronize()

    step()
    first = time.monotonic() - began
    step()
    began, steps = time.monotonic(), 0
    while time.monotonic() - began < options.seconds:
        step()
        steps += 1
    rate = steps * BATCH * CONTEXT / (time.monotonic() - began)
    print(f"PyTorch {torch.__version__}, compiled, {what}, on {torch.cuda.get_device_name()}:\n")
    print("| tokens/s | first step | memory | pawl-train / PyTorch |\n|---|---|---|---|")
    ratio = f"{options.ours / rate:.2f}" if options.ours else "-"
    print(f"| {rate:,.0f} | {first:.1f} s | {torch.cuda.max_memory_allocated() / 2**20:,.0f} MB | {ratio} |")


if __name__ == "__main__":
    main()
