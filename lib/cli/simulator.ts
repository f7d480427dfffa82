// `simulator`: runs the HubSpot simulator until it is stopped, and prints the settings with which an app uses it.
import { summarizeCause } from '../errors.js'
import { NAME } from './help.js'
import type { RunContext } from './run-context.js'

/** The settings of `simulator`. */
export type SimulatorCommand = { readonly port: number; readonly portalId: string }

/** The simulator records each call for tests. This command does not need the records and empties them to limit memory. */
const FORGET_CALLS_MS = 60_000

/** Runs until it is stopped. Gives the exit code: 0 stopped, 1 could not start. */
export async function runSimulator(command: SimulatorCommand, context: RunContext): Promise<0 | 1> {
  const { env, stdout, stderr, untilStopped } = context
  if (env['NODE_ENV'] === 'production') {
    const why = 'the simulator accepts made-up identities and does not start with NODE_ENV=production'
    stderr.write(`${NAME}: ${why}. Use a HubSpot account there, or unset NODE_ENV.\n`)
    return 1
  }
  // Imported here because only this command needs it.
  const { startHubSpotSimulator } = await import('../testing/index.js')
  const stopped = untilStopped()
  try {
    const simulator = await startHubSpotSimulator(command)
    const forgetting = setInterval(() => simulator.requests.splice(0), FORGET_CALLS_MS)
    stdout.write(whatToSet(simulator))
    await stopped
    clearInterval(forgetting)
    await simulator.close()
    stdout.write('\nStopped. The conversations are gone.\n')
    return 0
  } catch (thrown) {
    stderr.write(`${NAME}: ${whyNotStarted(command, thrown)}\n`)
    return 1
  }
}

function whatToSet({ url, portalId }: { readonly url: string; readonly portalId: string }): string {
  return `The HubSpot simulator runs at ${url} until Ctrl-C. It accepts any access token.

Inbox, with what visitors write and who they are:

  ${url}/inbox

As options of hubspotIdentification():

  accessToken: 'any',
  baseUrl: '${url}',
  portalId: '${portalId}',

As lines of a .env file:

  HUBSPOT_ACCESS_TOKEN=any
  HUBSPOT_BASE_URL=${url}
  HUBSPOT_PORTAL_ID=${portalId}

`
}

/** The message for a failed start; contains only the error's code. */
function whyNotStarted({ port }: SimulatorCommand, thrown: unknown): string {
  const { code } = summarizeCause((thrown as { readonly cause?: unknown } | undefined)?.cause)
  const another = `Choose another: --port ${port < 65_535 ? port + 1 : port - 1}, or --port 0 for any free one.`
  if (code === 'EADDRINUSE') return `port ${port} is taken, perhaps by another simulator. ${another}`
  if (code === 'EACCES') return `port ${port} needs more rights than this user has. ${another}`
  return `the simulator could not start on port ${port}${code ? ` (${code})` : ''}. ${another}`
}
