// The streams that a command writes to: results to standard output, everything else to standard error.
//
// Why: scripts read the one, people the other. Colour and progress are for terminals only, and a reader that goes away (`| head`) ends
// the command without a word.

import pc from 'picocolors';
import { EXIT, failureOf } from './failure.js';
import { bounded, jsonText } from './shown.js';

export class Terminal {
  /**
   * @param options `color` (`auto`, `always`, `never`), `quiet`
   */
  constructor({ color = 'auto', quiet = false } = {}) {
    const { env, stdout, stderr } = process;
    this.quiet = quiet;
    const wants = (stream) =>
      color === 'always' || (color === 'auto' && stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb');
    this.paint = pc.createColors(wants(stdout));
    this.paintNotes = pc.createColors(wants(stderr));
    this.isDrawn = false;
    this.isTerminal = stdout.isTTY === true;
  }

  /** Writes a result. */
  out(text) {
    this.clear();
    process.stdout.write(text.endsWith('\n') || text.endsWith('\0') ? text : `${text}\n`);
  }

  /** Writes an object on a line of its own, for `--json`. */
  json(value) {
    this.clear();
    process.stdout.write(`${jsonText(value)}\n`);
  }

  /** Writes a remark for people. */
  note(text) {
    this.clear();
    if (!this.quiet) process.stderr.write(`${bounded(text)}\n`);
  }

  /** Writes why the command ends. */
  error(message) {
    this.clear();
    process.stderr.write(`context-snapshot: ${this.paintNotes.red('error:')} ${message}\n`);
  }

  /** Removes the bar from the line. */
  clear() {
    if (this.isDrawn) process.stderr.write('\r\x1b[K');
    this.isDrawn = false;
  }

  /**
   * Returns a bar that shows progress: `update(done, all)` and `stop()`. It shows nothing outside of a terminal.
   *
   * It needs no timer and sets nothing that would have to be set back, so Ctrl-C and errors may end the process at any time.
   *
   * @param describe returns the words beside the bar, from `done`, `all` and the seconds since the start
   */
  progress(label, describe = (done, all) => `${done}/${all}`) {
    if (this.quiet || process.stderr.isTTY !== true) return { update() {}, stop() {} };
    const start = performance.now();
    let last = start;
    return {
      update: (done, all) => {
        const now = performance.now();
        if (now - last < INTERVAL) return;
        last = now;
        process.stderr.write(`\r${drawn(label, describe(done, all, (now - start) / 1000), done / all)}\x1b[K`);
        this.isDrawn = true;
      },
      stop: () => this.clear(),
    };
  }
}

/** Time between two states of a bar, in milliseconds. */
const INTERVAL = 100;
const LONGEST_BAR = 24;
const SHORTEST_BAR = 4;

/** Returns a bar with its words, shorter than the line of the terminal. */
function drawn(label, words, ratio) {
  // In the last column, some terminals begin a new line.
  const columns = (process.stderr.columns || 80) - 1;
  const length = Math.min(LONGEST_BAR, columns - label.length - words.length - 2);
  if (length < SHORTEST_BAR || !(ratio <= 1)) return `${label} ${words}`.slice(0, columns);
  const full = Math.round(length * ratio);
  const [done, left] = isUnicode() ? ['█', '░'] : ['=', '-'];
  return `${label} ${done.repeat(full)}${left.repeat(length - full)} ${words}`;
}

/** Returns true if the terminal shows more than ASCII, by the first variable of the locale that is set. */
function isUnicode() {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  return process.platform === 'win32' || /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

/** Ends the process if the reader of its output went away, or the disk behind it is full. */
export function watchOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (stream === process.stdout && error.code !== 'EPIPE')
        process.stderr.write(`context-snapshot: error: ${failureOf(error, '<stdout>').message}\n`);
      process.exit(EXIT.io);
    });
  }
}
