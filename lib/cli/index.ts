#!/usr/bin/env node
// The bin: passes the process to run() and sets the exit code.
import { summarizeCause } from '../errors.js'
import { run } from './run.js'

/**
 * Resolves on Ctrl-C or SIGTERM, the signal of process supervisors. The handlers stay, so that a second Ctrl-C during the stop
 * does not change the exit code.
 */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
  })
}

try {
  // Sets the exit code without process.exit(), which could cut off output to a pipe.
  process.exitCode = await run(process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    isTTY: process.stdout.isTTY === true,
    now: Date.now,
    untilStopped
  })
} catch (thrown) {
  // Only the error's name is printed; its message could contain secrets or personal data.
  process.stderr.write(`express-hubspot-identification: failed unexpectedly (${summarizeCause(thrown).name}).\n`)
  process.exitCode = 1
}
