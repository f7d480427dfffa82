// Long addresses and names in a page: where a line may end.

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** The text as HTML, in which a line may end before a sign that parts an address (browsers end one behind a hyphen by themselves). */
export function breakable(text: string): string {
  const parts = text.split(/(?=[@.+_/&])/)
  return parts.map((part) => part.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)).join('<wbr>')
}
