// Asks three verifiers about mutants: the native one, the WebAssembly entry and `./verify`. `make soak` runs it.
//
//   node tests/soak/run.js [--tiny 1000000] [--real 100000] [--seed 1] [--from 0]
//
// Fails if two of them differ in a single word, or if one answers "valid" and the oracle (oracle.js) disagrees. Then it prints
// the smallest mutant it finds, with the seed and the number that made it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as wasm from '@lssm-tech/lib.context-snapshot';
import * as verify from '@lssm-tech/lib.context-snapshot/verify';
import { mutant } from './mutants.js';
import { mayBeValid } from './oracle.js';

const BATCH = 256;
const NATIVE = fileURLToPath(new URL('../../target/fuzz/release/context-snapshot-native', import.meta.url));
/** True if the package has limits, events and strict members. For the native verifier see fuzz/native/Cargo.toml. */
const IS_STRICT = 'anchor' in wasm.verifySnapshot({});

/** Starts the native verifier; returns a function that asks it. */
function native() {
  const child = spawn(NATIVE, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  let waiting;
  let received = [];
  lines.on('line', (line) => {
    received.push(line);
    if (received.length === waiting?.count) waiting.resolve(received.splice(0));
  });
  child.on('exit', () => waiting?.reject(new Error('The native verifier stopped')));
  const ask = (questions) =>
    new Promise((resolve, reject) => {
      waiting = { count: questions.length, resolve, reject };
      received = [];
      child.stdin.write(`${questions.join('\n')}\n\n`);
    });
  return { ask, stop: () => child.stdin.end() };
}

/** Returns the answer of one entry as text. */
async function answer(api, { parts, records, options, absence, item, proof, hash }) {
  try {
    if (parts !== undefined) return JSON.stringify(await api.verifySnapshot(parts));
    if (records !== undefined)
      return JSON.stringify(
        await (options === undefined ? api.verifyChain(records) : api.verifyChain(records, options)),
      );
    if (absence !== undefined)
      return JSON.stringify(await api.verifyAbsence(absence.itemId, absence.proof, absence.hash));
    return JSON.stringify(await api.verifyItem(item, proof, hash));
  } catch (error) {
    // A value that no verifier accepts throws, in JavaScript only.
    return JSON.stringify({ thrown: error.issues ?? String(error) });
  }
}

const isValid = (text) => text === 'true' || text.startsWith('{"valid":true');

/** Returns what is wrong with three answers; undefined if nothing is. */
function wrong(question, [ofWasm, ofVerify, ofNative]) {
  if (ofWasm !== ofVerify) return 'the WebAssembly entry and ./verify disagree';
  // Skips questions that Rust's types cannot express, and those for which JavaScript throws.
  if (ofNative !== 'null' && !ofWasm.startsWith('{"thrown"') && ofNative !== ofWasm)
    return 'the native verifier and the WebAssembly entry disagree';
  if ([ofWasm, ofVerify, ofNative].some(isValid) && !mayBeValid(question, IS_STRICT)) return 'a false "valid"';
  return undefined;
}

/** Describes the difference of two answers without details of the mutant, so that a defect is reported once. */
function kindOf(what, answers) {
  const kinds = answers
    .filter((text) => text !== 'null')
    .map((text) => {
      const { issues = [], ...rest } = Object(JSON.parse(text));
      return [
        JSON.stringify(rest),
        ...issues.map(({ path, code, message }) => `${path.split('.')[0]} ${code} ${message.replace(/["\d].*/s, '')}`),
      ];
    });
  const [first] = kinds;
  const differing = kinds.flatMap((own) => [
    ...own.filter((line) => !first.includes(line)),
    ...first.filter((line) => !own.includes(line)),
  ]);
  return `${what}: ${[...new Set(differing)].sort().slice(0, 3).join('; ')}`;
}

async function three({ ask }, question) {
  const [ofNative] = await ask([JSON.stringify(question)]);
  return [await answer(wasm, question), await answer(verify, question), ofNative];
}

/** Minimizes a failing question: removes members and cuts texts as long as it fails in the same way. */
async function shrink(rust, question, what) {
  let smallest = question;
  const isWrong = async (candidate) => wrong(candidate, await three(rust, candidate)) === what;
  for (let changed = true, tries = 0; changed && tries < 20_000; ) {
    changed = false;
    const places = [];
    const visit = (value, path) => {
      if (path.length > 0) places.push(path);
      if (typeof value === 'object' && value !== null)
        for (const name of Object.keys(value)) visit(value[name], [...path, name]);
    };
    visit(smallest, []);
    for (const path of places) {
      for (const replacement of ['delete', 'half', {}, '']) {
        const candidate = structuredClone(smallest);
        const holder = path.slice(0, -1).reduce((place, name) => place?.[name], candidate);
        const name = path.at(-1);
        if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) continue;
        const value = holder[name];
        if (replacement === 'delete') Array.isArray(holder) ? holder.splice(Number(name), 1) : delete holder[name];
        else if (replacement === 'half')
          holder[name] = typeof value === 'string' ? value.slice(0, value.length / 2) : value;
        else holder[name] = replacement;
        const [one, other] = [candidate, smallest].map((each) => JSON.stringify(each));
        tries++;
        if (one.length >= other.length || !(await isWrong(candidate))) continue;
        smallest = candidate;
        changed = true;
        break;
      }
    }
  }
  return smallest;
}

/** Runs the mutants of one thread; returns the counts. */
async function run({ seed, from, count, isTiny }) {
  const rust = native();
  const counts = { mutants: 0, valid: 0, native: 0, tooBig: 0, thrown: 0, wrong: 0 };
  const found = [];
  const kinds = new Set();
  for (let start = from; start < from + count; start += BATCH) {
    const length = Math.min(BATCH, from + count - start);
    const texts = Array.from({ length }, (_, at) =>
      JSON.stringify(mutant(seed, start + at, { isTiny, hasLimits: IS_STRICT })),
    );
    const asked = rust.ask(texts);
    // All three read the same text.
    const questions = texts.map((text) => JSON.parse(text));
    const ofWasm = await Promise.all(questions.map((question) => answer(wasm, question)));
    const ofVerify = await Promise.all(questions.map((question) => answer(verify, question)));
    const ofNative = await asked;
    for (const [at, question] of questions.entries()) {
      const answers = [ofWasm[at], ofVerify[at], ofNative[at]];
      counts.mutants++;
      counts.valid += Number(isValid(answers[0]));
      counts.native += Number(answers[2] !== 'null');
      counts.tooBig += Number(answers[0].includes('"too_big"'));
      counts.thrown += Number(answers[0].startsWith('{"thrown"'));
      const what = wrong(question, answers);
      if (what === undefined) continue;
      counts.wrong++;
      const kind = kindOf(what, answers);
      if (kinds.has(kind) || found.length >= 10) continue;
      kinds.add(kind);
      const smallest = await shrink(rust, question, what);
      found.push({ what, kind, number: start + at, isTiny, question: smallest, answers: await three(rust, smallest) });
    }
    parentPort?.postMessage({ done: length });
  }
  rust.stop();
  return { counts, found };
}

async function main() {
  const { values } = parseArgs({
    options: {
      tiny: { type: 'string', default: '1000000' },
      real: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
    },
  });
  const [tiny, real, seed, from] = [values.tiny, values.real, values.seed, values.from].map(Number);
  const threads = availableParallelism();
  let failures = 0;
  for (const { isTiny, count } of [
    { isTiny: true, count: tiny },
    { isTiny: false, count: real },
  ]) {
    if (count === 0) continue;
    const started = performance.now();
    const share = Math.ceil(count / threads);
    const parts = Array.from({ length: threads }, (_, at) => ({
      ...{ seed, isTiny, from: from + at * share, count: Math.min(share, count - at * share) },
    }));
    let done = 0;
    let shownAt = performance.now();
    const results = await Promise.all(
      parts
        .filter((part) => part.count > 0)
        .map(
          (part) =>
            new Promise((resolve, reject) => {
              const worker = new Worker(fileURLToPath(import.meta.url), { workerData: part });
              worker.on('error', reject);
              worker.on('message', (message) => {
                if (message.counts !== undefined) return resolve(message);
                done += message.done;
                if (performance.now() - shownAt < 10_000) return;
                shownAt = performance.now();
                console.error(`soak: ${done} of ${count}`);
              });
            }),
        ),
    );
    const sum = {};
    for (const { counts } of results)
      for (const name of Object.keys(counts)) sum[name] = (sum[name] ?? 0) + counts[name];
    const all = results.flatMap((result) => result.found);
    const found = all.filter(({ kind }, at) => all.findIndex((other) => other.kind === kind) === at);
    failures += sum.wrong;
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `soak: ${sum.mutants ?? 0} mutants with ${isTiny ? 'tiny' : 'real'} limits, seed ${seed}: ${sum.valid} valid, ` +
        `${sum.tooBig} too big, ${sum.native} asked of the native verifier too, ${sum.thrown} refused by an error; ` +
        `${sum.wrong} wrong; ${Math.round(sum.mutants / seconds)} a second`,
    );
    if (isTiny && !IS_STRICT)
      console.log('soak: this build of the package has no limits: all mutants had the real ones');
    if (isTiny && IS_STRICT && count >= 1000) assert(sum.tooBig > count / 20, 'tiny limits are reached');
    for (const { kind, number, question, answers } of found) {
      const flags = `--seed ${seed} --from ${number} --tiny ${isTiny ? 1 : 0} --real ${isTiny ? 0 : 1}`;
      const file = `target/soak/${seed}-${number}.json`;
      mkdirSync(new URL('../../target/soak', import.meta.url), { recursive: true });
      const [ofWasm, ofVerify, ofNative] = answers;
      writeFileSync(
        new URL(`../../${file}`, import.meta.url),
        `${JSON.stringify({ kind, question, ofWasm, ofVerify, ofNative }, null, 1)}\n`,
      );
      console.log(`\n${kind}\n  again with: node tests/soak/run.js ${flags}; all of it is in ${file}`);
      console.log(JSON.stringify(question).slice(0, 2000));
      for (const [who, received] of Object.entries({ ofWasm, ofVerify, ofNative }))
        console.log(`  ${who}: ${received.slice(0, 1000)}`);
    }
  }
  process.exitCode = failures > 0 ? 1 : 0;
}

if (isMainThread) await main();
else parentPort.postMessage(await run(workerData));
