// The streams that a command writes to: results to standard output, everything else to standard error.
//
// Why: scripts read the one, people the other. Colour and progress are for terminals only, and a reader that goes away (`| head`) ends
// the command without a word.

import cliProgress from 'cli-progress';
import pc from 'picocolors';
import { EXIT } from './failure.js';

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
    this.width = stdout.columns ?? 80;
    this.isTerminal = stdout.isTTY === true;
  }

  /** Writes a result. */
  out(text) {
    process.stdout.write(text.endsWith('\n') || text.endsWith('\0') ? text : `${text}\n`);
  }

  /** Writes an object on a line of its own, for `--json`. */
  json(value) {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Writes a remark for people. */
  note(text) {
    if (!this.quiet) process.stderr.write(`${text}\n`);
  }

  /** Returns a bar that shows progress: `update(done, all)` and `stop()`. It shows nothing outside of a terminal. */
  progress(label, format = '{bar} {value}/{total}') {
    if (this.quiet || process.stderr.isTTY !== true) return { update() {}, stop() {} };
    const bar = new cliProgress.SingleBar(
      {
        format: `${label} ${format}`,
        barsize: 24,
        clearOnComplete: true,
        hideCursor: true,
        stream: process.stderr,
        fps: 10,
      },
      cliProgress.Presets.shades_classic,
    );
    let isStarted = false;
    let last = 0;
    return {
      update(done, all, more) {
        const now = performance.now();
        if (now - last < 100) return;
        last = now;
        if (!isStarted) bar.start(all, done, more);
        else {
          bar.setTotal(all);
          bar.update(done, more);
        }
        isStarted = true;
        bar.render();
      },
      stop() {
        if (isStarted) bar.stop();
      },
    };
  }
}

/** Ends the process if the reader of its output went away, or the disk behind it is full. */
export function watchOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }) => {
      if (stream === process.stdout && code !== 'EPIPE') {
        try {
          process.stderr.write(`context-snapshot: The output cannot be written (${code})\n`);
        } catch {}
      }
      process.exit(EXIT.io);
    });
  }
}
