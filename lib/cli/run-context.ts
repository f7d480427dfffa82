// What the command line uses of the process: environment, streams, clock and network. Tests replace it.
import type { DoctorFetch } from './call.js'

/** What a run of the command line uses of the process. */
export type RunContext = {
  readonly env: NodeJS.ProcessEnv
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  /** Whether stdout is a terminal; colours are printed only then. */
  readonly isTTY: boolean
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Resolves when the operator stops the command; called only by a command that runs until then. */
  readonly untilStopped: () => Promise<unknown>
  /** @default the global fetch */
  readonly fetch?: DoctorFetch | undefined
  /** The time limit of one call, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined
}
