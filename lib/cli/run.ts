// One run of the command line, from arguments to exit code; everything from outside is passed in.
import { VERSION } from '../mint/version.js'
import type { DoctorFetch } from './call.js'
import { readCommandLine } from './command-line.js'
import { examine } from './doctor.js'
import { renderJson, renderText } from './report.js'

/** What a run gets from outside. */
export type RunContext = {
  readonly env: NodeJS.ProcessEnv
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  /** Whether stdout is a terminal; colours go nowhere else. */
  readonly isTTY: boolean
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** @default the global fetch */
  readonly fetch?: DoctorFetch | undefined
  /** The longest one call may take, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number | undefined
}

const NAME = 'express-hubspot-identification'
const TIMEOUT_MS = 10_000

const HELP = `Usage: ${NAME} doctor --email <address> [flags]

Checks whether this machine can identify visitors to HubSpot's chat: credential, scope, plan,
API version, region, clock and rate budget, with one real token, which makes no contact.

  --email <address>      whom to ask a token for, such as yourself (required)
  --base-url <url>       HubSpot's API, https only except on this machine (https://api.hubapi.com)
  --api-version <name>   as the option "apiVersion" (2026-09)
  --region <name>        where the account is hosted, such as eu1 (HUBSPOT_REGION)
  --portal-id <digits>   the HubSpot account (HUBSPOT_PORTAL_ID)
  --json                 an array of { id, status, message, hint? }; status is ok, failed, warning or skipped
  --no-color             no colours, as with NO_COLOR
  -h, --help             this text
  -v, --version          the version

The credential is read from HUBSPOT_ACCESS_TOKEN and never printed.
Exit code: 0 all is well (warnings allowed), 1 something failed, 2 wrong usage.
`

/** Runs the command line and gives the exit code: 0 all is well, 1 something failed, 2 wrong usage. */
export async function run(argv: readonly string[], context: RunContext): Promise<0 | 1 | 2> {
  const { env, stdout, stderr, isTTY, now } = context
  const command = readCommandLine(argv, env)
  switch (command.kind) {
    case 'help':
      stdout.write(HELP)
      return 0
    case 'version':
      stdout.write(`${VERSION}\n`)
      return 0
    case 'wrong':
      stderr.write(`${NAME}: ${command.message} Run "npx ${NAME} --help" for help.\n`)
      return 2
    case 'doctor':
      break
  }
  const checks = await examine(command.settings, {
    env,
    now,
    fetch: context.fetch ?? globalThis.fetch,
    timeoutMs: context.timeoutMs ?? TIMEOUT_MS
  })
  const withColour = isTTY && !command.noColour && !env['NO_COLOR']
  stdout.write(command.json ? renderJson(checks) : renderText(checks, withColour))
  return checks.some(({ status }) => status === 'failed') ? 1 : 0
}
