// The option `baseUrl`: which URLs are allowed, and which are on this machine.

/** For error messages: what the option takes. */
export const EXPECTED_BASE_URL =
  'an https URL without credentials, query or hash (http only for localhost, 127.0.0.0/8 and [::1])'

/** The parsed URL; `undefined` unless it is https (or http on this machine) with host and path only: the access token is sent there. */
export function parseBaseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.username || url.password || text.includes('?') || text.includes('#')) return undefined
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)) ? url : undefined
}

/** Needs a parsed URL: parsing turns every spelling of an address (`127.1`, `0x7f.1`) into this form. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
