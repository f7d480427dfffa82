// The hosts that HubSpot's chat needs, in helmet's shape.
import { z } from 'zod'
import { type CauseSummary, HubSpotIdentificationError, summarizeCause } from '../errors.js'
import { DEFAULT_REGION, EXPECTED_REGION, regionSchema } from './region.js'
import { loaderHost } from './snippet.js'

/** Which hosts are needed. */
export type CspOptions = {
  /**
   * Where the HubSpot account's data is hosted.
   *
   * @default 'na1'
   */
  region?: 'na1' | 'eu1' | 'ap1' | (string & {}) | undefined
}

/** Directives to spread into helmet's; each is a list of sources to add to your own. */
export type CspDirectives = {
  scriptSrc: string[]
  connectSrc: string[]
  frameSrc: string[]
  imgSrc: string[]
  styleSrc: string[]
}

const optionsSchema = z.strictObject({ region: regionSchema.default(DEFAULT_REGION) })

/**
 * The sources to add to a page's Content-Security-Policy for HubSpot's chat.
 *
 * HubSpot's script adds further scripts without a nonce, so its hosts are needed beside one. It injects a style element unless
 * `settings.avoidInlineStyles` is `true`: set that, or allow `'unsafe-inline'` styles yourself.
 * The hosts are those of public policies and of HubSpot's own client; HubSpot documents none for other people's sites.
 *
 * @throws HubSpotIdentificationError `ERR_OPTIONS_INVALID` for a region that is none, and for another option.
 * @example
 * const chat = cspDirectives({ region: 'eu1' })
 * app.use(helmet({ contentSecurityPolicy: { directives: { scriptSrc: ["'self'", ...chat.scriptSrc] } } }))
 */
export function cspDirectives(options: CspOptions = {}): CspDirectives {
  const region = readRegion(options)
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

function readRegion(options: CspOptions): string {
  const parsed = parse(options)
  if (parsed.success) return parsed.data.region
  const [issue] = parsed.error.issues
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : issue?.path
  throw invalid(
    keys?.length ? `option "${keys.map(String).join('", "')}" is not valid` : 'the options must be an object'
  )
}

/** A getter's own error may quote anything. */
function parse(options: CspOptions) {
  try {
    return optionsSchema.safeParse(options)
  } catch (thrown) {
    throw invalid('the options cannot be read', summarizeCause(thrown))
  }
}

function invalid(what: string, cause?: CauseSummary): HubSpotIdentificationError {
  const hint = `Write cspDirectives({ region }); "region" takes ${EXPECTED_REGION}.`
  return new HubSpotIdentificationError({
    code: 'ERR_OPTIONS_INVALID',
    message: `cspDirectives: ${what}. ${hint}`,
    hint,
    cause
  })
}
