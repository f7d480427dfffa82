// Everything that a run of the command line gets from outside, so that a test can give it.
import type { DoctorFetch } from './call.js'

/** What a run gets from outside. */
export type RunContext = {
  readonly env: NodeJS.ProcessEnv
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  /** Whether stdout is a terminal; colours go nowhere else. */
  readonly isTTY: boolean
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Resolves when the operator stops the command; asked for only by a command that runs until then. */
  readonly untilStopped: () => Promise<unknown>
  /** @default the global fetch */
  readonly fetch?: DoctorFetch | undefined
  /** The longest one call may take, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined
}
