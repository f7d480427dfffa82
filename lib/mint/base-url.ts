// The address of HubSpot's API as an app gives it: what is allowed, and whether it is on this machine.

/** What messages say of it. */
export const EXPECTED_BASE_URL =
  'an https URL without credentials, query or hash (http only for localhost, 127.0.0.0/8 and [::1])'

/** The address, or `undefined` when it is none that a credential may be sent to: https, or http on this machine, and nothing but host and path. */
export function parseBaseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.username || url.password || text.includes('?') || text.includes('#')) return undefined
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)) ? url : undefined
}

/** Judged on the parsed URL, which has brought every spelling of an address (`127.1`, `0x7f.1`) to this one form. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
