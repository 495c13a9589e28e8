#!/usr/bin/env python3
"""Runs the native tests on every mutant of the given files, and lists the mutants that no test notices.

Why not cargo-mutants alone: it compiles the crate and links every test for each mutant, which takes hours. How: cargo-mutants lists
the mutants. A copy of the sources gets all of them at once: each function selects one of its mutated bodies by the environment
variable MUTANT. So one build serves all mutants, and each takes only as long as the tests need to notice it. A mutant outside the
body of a function is built alone, as cargo-mutants does.
"""

import argparse
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TREE = os.path.join(ROOT, "target/mutants/tree")
EXPLAINED = os.path.join(ROOT, "tests/mutants.md")
# Modules of tests/rust, and `lib` for the tests inside src/. Those that notice most mutants soonest come first. The one that noticed the last
# mutant moves to the front.
TESTS = ["verify", "vectors", "policy", "mutations", "audit", "format", "merkle", "lib", "dsse", "time", "proof", "absence", "canonical", "problem", "json_text"]
# Limits for a mutant that loops forever or fills the memory. CPU seconds do not depend on the load of the machine.
MOST_SECONDS = 60
MOST_BYTES = 8 << 30

# The first failing test exits the program.
SWITCH = """
pub(crate) fn mutant() -> usize {
    static MUTANT: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *MUTANT.get_or_init(|| {
        std::panic::set_hook(Box::new(|_| std::process::exit(101)));
        std::env::var("MUTANT").map_or(0, |mutant| mutant.parse().unwrap())
    })
}
"""
# Allows errors that the compiler finds in a mutant, because they must appear when it runs.
ALLOWED = "#![allow(arithmetic_overflow, overflowing_literals, unconditional_panic, unused_must_use)]\n"


class Mutant:
    def __init__(self, number, listed, text):
        self.number = number
        self.name = listed["name"]
        self.file = listed["file"]
        self.replacement = listed["replacement"]
        self.start, self.end = span(text, listed["span"])
        function = listed["function"]
        self.function = span(text, function["span"]) if function else None
        # Identifies the mutant by its line of code, because the number of the line changes with everything above it.
        self.kind = re.sub(r":\d+:\d+", "", self.name, count=1)
        self.line = text[text.rfind("\n", 0, self.start) + 1 :].split("\n", 1)[0].strip()

    def of(self, text, start, end):
        """Returns `text[start:end]` with the mutation."""
        return text[start : self.start] + self.replacement + text[self.end : end]


def span(text, span):
    """Converts lines and columns, both counted from 1, to offsets."""
    lines = text.split("\n")
    return tuple(
        sum(len(line) + 1 for line in lines[: at["line"] - 1]) + at["column"] - 1 for at in (span["start"], span["end"])
    )


def body(text, start, end):
    """Returns the offsets of the function's body within its braces; None if the function is `const`, because that cannot select at run time."""
    # In a slice, because the function may begin in the middle of a line.
    found = re.compile(r"^\s*(?:pub(?:\([a-z]+\))? )?(const )?fn ", re.MULTILINE).search(text[start:end])
    if not found or found[1]:
        return None
    depth = 0
    for at in range(start + found.end(), end):
        if text[at] in "([":
            depth += 1
        elif text[at] in ")]":
            depth -= 1
        elif text[at] == "{" and depth == 0:
            return at + 1, end - 1
    return None


def switched(text, mutants):
    """Returns the text in which each function selects a mutant, the lines of each mutant, and the mutants that it does not contain."""
    functions, left_out = {}, []
    for mutant in mutants:
        place = mutant.function and body(text, *mutant.function)
        if place and place[0] <= mutant.start and mutant.end <= place[1]:
            functions.setdefault(place, []).append(mutant)
        else:
            left_out.append(mutant)
    out, lines, at = [], [], 0
    line = 1

    def put(piece):
        nonlocal line
        out.append(piece)
        line += piece.count("\n")

    for (start, end), those in sorted(functions.items()):
        if start < at:  # inside another function
            left_out += those
            continue
        put(text[at:start] + " match crate::mutant() {\n")
        for mutant in those:
            first = line
            put(f"{mutant.number} => {{ {mutant.of(text, start, end)} \n}}\n")
            lines.append((first, line, mutant))
        put(f"_ => {{ {text[start:end]} }}\n}} ")
        at = end
    put(text[at:])
    return "".join(out), lines, left_out


def write(file, text):
    with open(os.path.join(TREE, file), "w", encoding="utf-8") as out:
        out.write(text)


def read(file, root=ROOT):
    with open(os.path.join(root, file), encoding="utf-8") as text:
        return text.read()


def cargo(*arguments):
    """Runs cargo in the copy, and returns the process and its messages."""
    command = ["cargo", *arguments, "--locked", "--message-format=json", "--config=profile.dev.debug=0"]
    environment = {**os.environ, "CARGO_TARGET_DIR": os.path.join(ROOT, "target/mutants/build")}
    done = subprocess.run(command, cwd=TREE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return done, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def errors(messages):
    """Yields file and line of each error."""
    for message in messages:
        if message["reason"] == "compiler-message" and message["message"]["level"].startswith("error"):
            for place in message["message"]["spans"]:
                if place["is_primary"]:
                    yield place["file_name"], place["line_start"]


def build():
    """Builds the test programs and returns the commands that run `TESTS`, in that order; None if they do not compile."""
    done, messages = cargo("test", "--lib", "--tests", "--no-run")
    if done.returncode:
        return None
    made = [message for message in messages if message["reason"] == "compiler-artifact" and message["executable"]]
    programs = {"lib" if "lib" in message["target"]["kind"] or "rlib" in message["target"]["kind"] else message["target"]["name"]: message["executable"] for message in made}
    return [[programs["lib"]] if name == "lib" else [programs["rust"], f"{name}::"] for name in TESTS]


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def ask(commands, number):
    """Runs the tests on a mutant. Returns `caught`, `timeout` or `missed`."""
    environment = {**os.environ, "MUTANT": str(number), "RUST_BACKTRACE": "0", "PROPTEST_CASES": "64"}
    for at, command in enumerate(commands):
        # Tests of the table of ids take long, and none of the files affects it.
        done = subprocess.run([*command, "--quiet", "--skip=leaves::"], cwd=TREE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=limit, check=False)
        if done.returncode:
            commands.insert(0, commands.pop(at))
            return "timeout" if -done.returncode in (signal.SIGXCPU, signal.SIGKILL) else "caught"
    return "missed"


def copy():
    shutil.rmtree(TREE, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name and os.path.isfile(os.path.join(ROOT, name)):
            target = os.path.join(TREE, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(os.path.join(ROOT, name), target)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True, help="cargo-mutants")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()

    chosen = [argument for file in options.files for argument in ("--file", file)]
    listed = subprocess.run([options.tool, "mutants", "--list", "--json", *chosen], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    texts = {file: read(file) for file in options.files}
    mutants = [Mutant(number, each, texts[each["file"]]) for number, each in enumerate(json.loads(listed.stdout), 1)]
    # cargo-mutants does not recognize a module of tests if `test` is one of several conditions.
    mutants = [mutant for mutant in mutants if "\nmod tests {" not in texts[mutant.file][: mutant.start]]
    print(f"mutants: {len(mutants)} in {len(texts)} files", flush=True)

    copy()
    write("src/lib.rs", ALLOWED + read("src/lib.rs") + SWITCH)
    unviable, alone = set(), []
    while True:
        places, alone = {}, []
        for file, text in texts.items():
            text, places[file], left_out = switched(text, [mutant for mutant in mutants if mutant.file == file and mutant not in unviable])
            write(file, text)
            alone += left_out
        done, messages = cargo("check", "--lib")
        if done.returncode == 0:
            break
        found = {mutant for file, line in errors(messages) for first, last, mutant in places.get(file, ()) if first <= line <= last}
        if not found:
            sys.exit(f"mutants: the sources with all mutants do not compile:\n{done.stderr}")
        unviable |= found
        print(f"mutants: {len(unviable)} do not compile", flush=True)

    commands = build()
    if commands is None or ask(commands, 0) != "missed":
        sys.exit("mutants: the tests fail without a mutation")
    results, began = {}, time.monotonic()
    for mutant in mutants:
        if mutant in unviable:
            results[mutant] = "unviable"
        elif mutant not in alone:
            results[mutant] = ask(commands, mutant.number)
            print(f"{time.monotonic() - began:6.0f} s  {results[mutant]:8} {mutant.name}", flush=True)
    for mutant in alone:
        copy()
        text = texts[mutant.file]
        write(mutant.file, mutant.of(text, 0, len(text)))
        commands = build()
        results[mutant] = "unviable" if commands is None else ask(commands, 0)
        print(f"{time.monotonic() - began:6.0f} s  {results[mutant]:8} {mutant.name} (built alone)", flush=True)

    entries = [line for line in read(EXPLAINED).splitlines() if line.startswith("- `")]
    for file in texts:
        counts = Counter(results[mutant] for mutant in mutants if mutant.file == file)
        print(f"{file}: {counts.total()} mutants, " + ", ".join(f"{counts[name]} {name}" for name in ("caught", "timeout", "unviable", "missed")))
    missed = [mutant for mutant in mutants if results[mutant] == "missed"]
    unexplained = [mutant for mutant in missed if not any(entry.startswith(f"- `{mutant.kind}` in `{mutant.line}`: ") for entry in entries)]
    print(f"mutants: {len(missed)} missed, of which {len(missed) - len(unexplained)} are explained in tests/mutants.md")
    for mutant in unexplained:
        print(f"- `{mutant.kind}` in `{mutant.line}`: ? ({mutant.name})")
    sys.exit(bool(unexplained))


main()
