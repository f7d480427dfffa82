// The form of HubSpot's identification token: what can be carried to the widget unchanged.

const MAX_TOKEN_LENGTH = 4096
/**
 * All but the printable ASCII characters that mean nothing in HTML, JavaScript, a URL's fragment or a query. What a token must not
 * hold, because one such character is found four times as fast as a whole token is matched.
 */
const NOT_IN_TOKENS = /[^!$%(-;=?-[\]-_a-~]/

/** Whether HubSpot's answer can be carried to the widget unchanged. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TOKEN_LENGTH && !NOT_IN_TOKENS.test(value)
}
