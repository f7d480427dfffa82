// Line breaks in long addresses and names.

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** The text as HTML, with a possible line break before each separator; after a hyphen browsers break lines by themselves. */
export function breakable(text: string): string {
  const parts = text.split(/(?=[@.+_/&])/)
  return parts.map((part) => part.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)).join('<wbr>')
}
