// Runs the command line in this process and captures its output.
import type { DoctorFetch } from '../../lib/cli/call.js'
import { run } from '../../lib/cli/run.js'
import type { HubSpotSimulator } from '../../lib/testing/index.js'

export const ACCESS_TOKEN = 'pat-na1-secret-credential'
export const EMAIL = 'ann.secret@example.com'

/** A date at which both dated API versions are supported. */
export const AUTUMN_2026 = Date.UTC(2026, 10, 20)

export type PrintedCheck = { id: string; status: string; message: string; hint?: string }

export type Given = {
  env?: NodeJS.ProcessEnv
  isTTY?: boolean
  now?: () => number
  timeoutMs?: number
  fetch?: DoctorFetch
  untilStopped?: () => Promise<unknown>
  onStdout?: (text: string) => void
}

/** Runs the command line; gives the exit code and both output streams. */
export async function runCli(argv: string[], given: Given = {}) {
  let stdout = ''
  let stderr = ''
  const code = await run(argv, {
    env: { HUBSPOT_ACCESS_TOKEN: ACCESS_TOKEN },
    isTTY: false,
    now: Date.now,
    timeoutMs: 5000,
    untilStopped: () => Promise.reject(new Error('This command is not to wait.')),
    ...given,
    stdout: {
      write: (text) => {
        stdout += text
        given.onStdout?.(text)
      }
    },
    stderr: { write: (text) => (stderr += text) }
  })
  return { code, stdout, stderr }
}

/** The arguments of `doctor` for one simulator. */
export function doctorArgs({ url }: Pick<HubSpotSimulator, 'url'>, ...more: string[]): string[] {
  return ['doctor', '--email', EMAIL, '--base-url', url, ...more]
}

/** Runs the doctor; gives its checks by id. */
export async function examineSimulator(simulator: Pick<HubSpotSimulator, 'url'>, given: Given = {}, ...more: string[]) {
  const { code, stdout, stderr } = await runCli(doctorArgs(simulator, '--json', ...more), given)
  const checks = JSON.parse(stdout) as PrintedCheck[]
  const byId = Object.fromEntries(checks.map((check) => [check.id, check]))
  const statuses = Object.fromEntries(checks.map((check) => [check.id, check.status]))
  return { code, stdout, stderr, checks, byId, statuses }
}
