#!/usr/bin/env python3
"""Lives through each published night, as published and under pawl: every figure has to hold within its stated tolerance, and the
README has to say what came out. --write puts that there.

    published_nights.py BIN [--write]
"""
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parents[2] / "examples" / "published-nights"
NIGHTS = ["vessl", "skypilot", "modal", "roboco"]


def tables(program, night):
    """The printed tables; whatever depends on this machine's speed is left out."""
    run = subprocess.run([program, "simulate", FOLDER / f"{night}.toml"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{night}: exit code {run.returncode}\n{run.stdout}{run.stderr}")
    return "\n".join(block for block in run.stdout.split("\n\n") if block.startswith("|")).replace("\n| figure", "\n\n| figure")


def main():
    program = pathlib.Path(sys.argv[1]) / "pawl"
    readme = FOLDER / "README.md"
    text = readme.read_text()
    for night in NIGHTS:
        found = f"<!-- {night} -->\n{tables(program, night).strip()}\n<!-- /{night} -->"
        said = re.search(rf"<!-- {night} -->.*?<!-- /{night} -->", text, re.S)
        if not said:
            sys.exit(f"README.md has no place for {night}")
        if "--write" in sys.argv:
            text = text.replace(said.group(), found)
        elif said.group() != found:
            sys.exit(f"README.md says\n{said.group()}\nand it came out\n{found}\nAccept with --write.")
    readme.write_text(text)
    print(f"{len(NIGHTS)} nights as their README says")


if __name__ == "__main__":
    main()
