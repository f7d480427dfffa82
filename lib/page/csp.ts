// cspDirectives(): the hosts that the chat needs in a Content-Security-Policy, in the form that helmet takes.
import * as z from 'zod/mini'
import { type CauseSummary, type HubSpotIdentificationError, optionsError, summarizeCause } from '../errors.js'
import { EXPECTED_BASE_URL, isLoopback, parseBaseUrl } from '../mint/base-url.js'
import { loaderHost } from './loader.js'
import { DEFAULT_REGION, EXPECTED_REGION, regionSchema } from './region.js'

/** The options of `cspDirectives()`. */
export type CspOptions = {
  /**
   * Where HubSpot hosts the account's data.
   *
   * @default 'na1'
   */
  region?: 'na1' | 'eu1' | 'ap1' | (string & {}) | undefined

  /**
   * The option `baseUrl` of `hubspotIdentification()`. With one on this machine (localhost, 127.0.0.0/8, [::1]) the chat is that of the
   * simulator, and the directives name its origin only. Any other changes nothing.
   *
   * @default HubSpot's hosts
   */
  baseUrl?: string | undefined
}

/** Lists of sources to add to your own directives. */
export type CspDirectives = {
  scriptSrc: string[]
  connectSrc: string[]
  frameSrc: string[]
  imgSrc: string[]
  styleSrc: string[]
}

const optionsSchema = z.strictObject({
  region: z._default(regionSchema, DEFAULT_REGION),
  baseUrl: z.optional(z.string().check(z.refine((text) => parseBaseUrl(text) !== undefined)))
})

/**
 * The sources to add to a page's Content-Security-Policy for HubSpot's chat.
 *
 * HubSpot's script adds further scripts without a nonce, so the hosts are needed even with one. It adds a style element unless
 * `settings.avoidInlineStyles` is `true`: set that, or allow `'unsafe-inline'` styles yourself.
 * The hosts are taken from policies of public sites and from HubSpot's own client; HubSpot documents no list.
 *
 * @throws HubSpotIdentificationError `ERR_OPTIONS_INVALID` for a malformed region or address, and for an unknown option.
 * @example
 * const chat = cspDirectives({ region: 'eu1' })
 * app.use(helmet({ contentSecurityPolicy: { directives: { scriptSrc: ["'self'", ...chat.scriptSrc] } } }))
 */
export function cspDirectives(options: CspOptions = {}): CspDirectives {
  const { region, baseUrl } = readOptions(options)
  const standIn = baseUrl === undefined ? undefined : parseBaseUrl(baseUrl)
  if (standIn && isLoopback(standIn)) return everythingFrom(standIn.origin)
  const regional = (host: string, domain: string) => `https://${host}${region === 'na1' ? '' : `-${region}`}.${domain}`
  return {
    scriptSrc: [
      `https://${loaderHost(region)}`,
      regional('js', 'usemessages.com'),
      regional('js', 'hs-analytics.net'),
      regional('js', 'hs-banner.com'),
      regional('js', 'hscollectedforms.net'),
      regional('js', 'hubspot.com'),
      'https://static.hsappstatic.net'
    ],
    connectSrc: [
      regional('api', 'hubspot.com'),
      regional('api', 'hubapi.com'),
      regional('forms', 'hscollectedforms.net'),
      regional('js', 'hs-banner.com'),
      'https://*.hubspot.com',
      'wss://*.hubspot.com'
    ],
    frameSrc: [regional('app', 'hubspot.com')],
    imgSrc: [regional('track', 'hubspot.com'), 'https://*.hubspot.com', 'https://static.hsappstatic.net'],
    styleSrc: ['https://static.hsappstatic.net']
  }
}

function everythingFrom(origin: string): CspDirectives {
  return { scriptSrc: [origin], connectSrc: [origin], frameSrc: [origin], imgSrc: [origin], styleSrc: [origin] }
}

function readOptions(options: CspOptions) {
  const parsed = parse(options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : issue?.path
  throw invalid(
    keys?.length ? `option "${keys.map(String).join('", "')}" is not valid` : 'the options must be an object'
  )
}

/** An error that a getter throws is not passed on: its message may contain a secret. */
function parse(options: CspOptions) {
  try {
    return optionsSchema.safeParse(options)
  } catch (thrown) {
    throw invalid('the options cannot be read', summarizeCause(thrown))
  }
}

function invalid(what: string, cause?: CauseSummary): HubSpotIdentificationError {
  const hint = `Write cspDirectives({ region, baseUrl }); "region" takes ${EXPECTED_REGION}, "baseUrl" takes ${EXPECTED_BASE_URL}.`
  return optionsError(`cspDirectives: ${what}.`, hint, cause)
}
