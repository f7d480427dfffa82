// The valid form of HubSpot's identification token.

const MAX_TOKEN_LENGTH = 4096
/**
 * A token holds only printable ASCII characters without a meaning in HTML, JavaScript, URL fragments and queries. This matches all
 * others: searching for one was measured as four times as fast as matching the whole token.
 */
const NOT_IN_TOKENS = /[^!$%(-;=?-[\]-_a-~]/

/** Whether a value can be handed to the chat widget unchanged. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TOKEN_LENGTH && !NOT_IN_TOKENS.test(value)
}
