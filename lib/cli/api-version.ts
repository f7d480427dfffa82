// How long HubSpot supports a version of its API, from a built-in table; no request is sent.
import { type Check, ok, warning } from './check.js'

/** The newest version this release knows. */
const NEWEST = '2026-09'

/**
 * The month in which support ends: 18 months after a dated release, https://developers.hubspot.com/docs/developer-tooling/platform/versioning;
 * v3: https://developers.hubspot.com/changelog/legacy-apis-and-legacy-apps-whats-going-unsupported-and-when
 */
const SUPPORT_ENDS: Record<string, { year: number; month: number }> = {
  '2026-09': { year: 2028, month: 3 },
  '2026-03': { year: 2027, month: 9 },
  v3: { year: 2027, month: 9 }
}

/** The newest version is HubSpot's current one until the next release, half a year later. */
const NEWEST_IS_CURRENT_UNTIL = Date.UTC(2027, 2)

/** The check warns this many months before support ends: one HubSpot release cycle. */
const WARN_MONTHS = 6

/** Whether the version may be printed. A value in any other format could be a credential in the wrong place. */
export function mayBeRepeated(version: string): boolean {
  return /^(v\d{1,2}|\d{4}-\d{2}(-beta)?)$/.test(version)
}

/** Checks whether the version is supported, and until when. */
export function checkApiVersion(version: string, nowMs: number): Check {
  const id = 'api-version'
  const ends = Object.hasOwn(SUPPORT_ENDS, version) ? SUPPORT_ENDS[version] : undefined
  if (!ends) {
    const name = mayBeRepeated(version) ? `API version ${version}` : 'This API version'
    const what = `${name} is not known to this release, so neither is how long HubSpot supports it.`
    return warning(id, what, `Known are ${Object.keys(SUPPORT_ENDS).join(', ')}: check "apiVersion".`)
  }

  const until = new Date(Date.UTC(ends.year, ends.month - 1)).toLocaleDateString('en-US', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC'
  })
  const hint =
    version === NEWEST
      ? 'Update express-hubspot-identification and move to the version that HubSpot calls current.'
      : `Set the option "apiVersion" to ${NEWEST} or newer.`
  // The version is supported to the end of that month.
  if (nowMs >= Date.UTC(ends.year, ends.month)) {
    return warning(id, `API version ${version} is unsupported since about ${until}.`, hint)
  }
  if (nowMs >= Date.UTC(ends.year, ends.month - 1 - WARN_MONTHS)) {
    return warning(id, `API version ${version} is supported only to about ${until}.`, hint)
  }
  const current = version === NEWEST && nowMs < NEWEST_IS_CURRENT_UNTIL ? "HubSpot's current one, " : ''
  return ok(id, `API version ${version} is ${current}supported to about ${until}.`)
}
