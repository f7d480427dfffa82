// The options of tokenEndpoint(): which other origins may read the endpoint. Checked at the call.
import { optionsError } from '../errors.js'

/** Options of `tokenEndpoint()`. */
export type TokenEndpointOptions = {
  /**
   * Other origins whose pages may read the endpoint, each written as browsers send it: `https://app.example.com`. They may send cookies
   * and an `Authorization` header. Without this option only pages of the endpoint's own origin may read it.
   *
   * @default none
   */
  origins?: readonly string[] | undefined
}

const EXAMPLE = "tokenEndpoint({ origins: ['https://app.example.com'] })"
const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i

/** Parses the options. Throws `ERR_OPTIONS_INVALID`, which names the key, never its value. */
export function readOrigins(given: unknown): ReadonlySet<string> {
  if (given === undefined) return new Set()
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw optionsError(`The options of tokenEndpoint() must be an object, got ${kindOf(given)}.`, `Write ${EXAMPLE}.`)
  const unknown = Object.keys(given).filter((key) => key !== 'origins')
  if (unknown.length > 0) {
    const named = unknown.map((key) => JSON.stringify(key)).join(', ')
    throw optionsError(`Unknown option ${named} of tokenEndpoint().`, `The only option is "origins": ${EXAMPLE}.`)
  }
  const { origins } = given as { origins?: unknown }
  if (origins === undefined) return new Set()
  if (!Array.isArray(origins))
    throw optionsError(`Option "origins" must be an array, got ${kindOf(origins)}.`, `Write ${EXAMPLE}.`)
  if (origins.length === 0)
    throw optionsError('Option "origins" is empty.', 'Name at least one origin, or leave the option out.')
  // By index, because forEach skips holes.
  for (let index = 0; index < origins.length; index += 1) {
    const fault = faultOf(origins[index])
    if (fault) throw optionsError(`Option "origins[${index}]" ${fault.what}.`, fault.hint)
  }
  return new Set(origins as string[])
}

type OriginFault = { readonly what: string; readonly hint: string }

const WHOLE = "Write the whole origin as browsers send it, such as 'https://app.example.com'."

/** What is wrong with an origin, if anything. It must be spelled exactly as browsers send it, because it is compared as a whole. */
function faultOf(origin: unknown): OriginFault | undefined {
  if (typeof origin !== 'string') return { what: `is not valid: got ${kindOf(origin)}`, hint: WHOLE }
  const text = origin.trim()
  if (text === '*') return { what: "is '*', which would open the tokens to every site", hint: 'Name each origin.' }
  if (text === 'null')
    return { what: "is 'null', which sandboxed frames and local files of anybody send", hint: 'Name each origin.' }
  if (text.includes('*')) return { what: 'holds a wildcard', hint: 'Name each origin.' }
  if (text === '') return { what: 'is empty', hint: WHOLE }
  if (!HAS_SCHEME.test(text)) return { what: 'has no scheme', hint: "Write 'https://' in front of the host." }
  if (!URL.canParse(text)) return { what: 'is no URL', hint: WHOLE }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { what: 'is not an http or https URL', hint: WHOLE }
  if (url.origin === origin) return undefined
  return { what: `is not an origin as browsers send it: ${differenceOf(origin, url)}`, hint: WHOLE }
}

function differenceOf(origin: string, url: URL): string {
  if (origin !== origin.trim()) return 'it has white space around it'
  if (url.username || url.password) return 'it holds credentials'
  if (url.search || url.hash) return 'it has a query or a hash'
  if (url.pathname !== '/') return 'it has a path'
  if (origin.endsWith('/')) return 'it ends with a slash'
  if (origin !== origin.toLowerCase()) return 'it has upper-case letters'
  if (url.port === '' && /:\d*$/.test(origin)) return 'it names the default port'
  return 'its host is written another way (a non-ASCII name as punycode, for example)'
}

/** The type of a value for messages, which must not show the value. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`
}
