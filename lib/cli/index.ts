#!/usr/bin/env node
// The bin: hands the process to run() and its answer back as the exit code; nothing else.
import { summarizeCause } from '../errors.js'
import { run } from './run.js'

/** Ctrl-C, and what a supervisor sends. Caught for good, so that a second Ctrl-C while it stops does not change the exit code. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
  })
}

try {
  // The exit code is set, not forced: output that goes to a pipe is written to its end.
  process.exitCode = await run(process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    isTTY: process.stdout.isTTY === true,
    now: Date.now,
    untilStopped
  })
} catch (thrown) {
  // Only the error's name: its message could quote what must not be printed.
  process.stderr.write(`express-hubspot-identification: failed unexpectedly (${summarizeCause(thrown).name}).\n`)
  process.exitCode = 1
}
