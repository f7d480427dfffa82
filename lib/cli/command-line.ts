// From the arguments and the environment to what was asked for, or to one sentence about what is wrong with it.
import { parseArgs } from 'node:util'
import { closestMatch } from 'leven'
import { HubSpotIdentificationError } from '../errors.js'
import { resolveOptions } from '../options/resolve-options.js'
import { parseVisitor } from '../visitor/visitor.js'
import type { DoctorSettings } from './doctor.js'

/** What was asked for. */
export type Command =
  | { readonly kind: 'help' | 'version' }
  | { readonly kind: 'wrong'; readonly message: string }
  | { readonly kind: 'doctor'; readonly settings: DoctorSettings; readonly json: boolean; readonly noColour: boolean }

const FLAGS = {
  email: { type: 'string' },
  'base-url': { type: 'string' },
  'api-version': { type: 'string' },
  region: { type: 'string' },
  'portal-id': { type: 'string' },
  json: { type: 'boolean' },
  'no-color': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' }
} as const

type FlagName = keyof typeof FLAGS
type OptionName = 'baseUrl' | 'apiVersion' | 'region' | 'portalId'

const COMMANDS = ['doctor', 'help']

/** What may be repeated on the terminal: a plain word. Anything else could be a credential in the wrong place. */
const PLAIN_WORD = /^[a-z]+(-[a-z]+)*$/i
const MAX_WORD_LENGTH = 24

/** Reads the command line; never throws. */
export function readCommandLine(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: FLAGS,
    strict: false,
    allowPositionals: true,
    tokens: true
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const problem = judgeFlag(token)
    if (problem) return { kind: 'wrong', message: problem }
  }
  const [command, ...extra] = positionals
  if (values.help || command === 'help') return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  if (command === undefined) return { kind: 'wrong', message: 'No command was given; there is "doctor".' }
  if (command !== 'doctor')
    return { kind: 'wrong', message: `Unknown command${echo(command)}. ${suggest(command, COMMANDS)}` }
  if (extra.length > 0) return { kind: 'wrong', message: 'doctor takes flags only; an argument without one was given.' }
  try {
    return {
      kind: 'doctor',
      settings: resolveSettings((flag) => values[flag], env),
      json: values.json === true,
      noColour: values['no-color'] === true
    }
  } catch (thrown) {
    if (!(thrown instanceof WrongUsage)) throw thrown
    return { kind: 'wrong', message: thrown.message }
  }
}

/** A flag as parseArgs found it. */
type GivenFlag = { readonly name: string; readonly rawName: string; readonly value?: string | undefined }

/** Thrown and caught in this file only. */
class WrongUsage extends Error {}

function judgeFlag({ name, rawName, value }: GivenFlag): string | undefined {
  if (!Object.hasOwn(FLAGS, name)) {
    if (/token|key|secret|password/i.test(name)) {
      return 'The credential is read from HUBSPOT_ACCESS_TOKEN only: others can see a command line.'
    }
    return `Unknown flag${echo(name, rawName.startsWith('--') ? '--' : '-')}. ${suggest(name, Object.keys(FLAGS), '--')}`
  }
  const takesValue = FLAGS[name as FlagName].type === 'string'
  if (takesValue && !value) return `--${name} needs a value.`
  if (!takesValue && value !== undefined) return `--${name} takes no value.`
  return undefined
}

function echo(word: string, prefix = ''): string {
  return word.length <= MAX_WORD_LENGTH && PLAIN_WORD.test(word) ? ` "${prefix}${word}"` : ''
}

function suggest(word: string, known: readonly string[], prefix = ''): string {
  const nearest = closestMatch(word.toLowerCase().slice(0, MAX_WORD_LENGTH), known, {
    maxDistance: Math.max(2, Math.floor(word.length / 2))
  })
  if (nearest) return `Did you mean "${prefix}${nearest}"?`
  return prefix ? `The flags are ${known.map((name) => prefix + name).join(', ')}.` : 'There is "doctor".'
}

function resolveSettings(flagValue: (flag: FlagName) => unknown, env: NodeJS.ProcessEnv): DoctorSettings {
  const email = flagValue('email')
  if (email === undefined) {
    throw new WrongUsage('--email is missing: give the address of somebody who may be asked for, such as your own.')
  }
  const visitor = parseVisitor({ email })
  if (visitor === null || 'invalid' in visitor) {
    throw new WrongUsage('--email takes one email address of at most 254 characters.')
  }
  const read = (flag: FlagName, option: OptionName, variable?: string) => {
    const given = flagValue(flag)
    if (typeof given === 'string') return judgeOption(`--${flag}`, option, given)
    // A variable that is blank, as docker compose passes unset ones on, counts as unset.
    const fromEnvironment = variable ? env[variable]?.trim() : undefined
    return variable && fromEnvironment ? judgeOption(variable, option, fromEnvironment) : undefined
  }
  const defaults = resolveOptions({ accessToken: 'none' })
  return {
    visitor,
    baseUrl: read('base-url', 'baseUrl')?.baseUrl ?? defaults.baseUrl,
    apiVersion: read('api-version', 'apiVersion')?.apiVersion ?? defaults.apiVersion,
    region: read('region', 'region', 'HUBSPOT_REGION')?.region,
    portalId: read('portal-id', 'portalId', 'HUBSPOT_PORTAL_ID')?.portalId
  }
}

/** Judges a value exactly as the middleware judges its option of that meaning, and names it as it was given here. */
function judgeOption(name: string, option: OptionName, value: string) {
  try {
    return resolveOptions({ accessToken: 'none', [option]: value })
  } catch (thrown) {
    if (!(thrown instanceof HubSpotIdentificationError)) throw thrown
    throw new WrongUsage(thrown.hint.replace(`"${option}"`, name))
  }
}
