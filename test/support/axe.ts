// Checks a page with axe-core (https://github.com/dequelabs/axe-core): all rules for WCAG and best practices, of every severity.
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

/** The violations in the page, or in the part with this selector, one line per element. Works under any CSP of the page. */
export async function violationsOf(page: Page, part = 'html'): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations, passes } = await page.evaluate(
    (selector) => (globalThis as unknown as { axe: { run(part: string): Promise<AxeResults> } }).axe.run(selector),
    part
  )
  if (passes.length === 0) throw new Error(`axe looked at nothing on ${page.url()}`)
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id} (${impact}): ${html.slice(0, 200)} ${failureSummary?.replace(/\s+/g, ' ')}`
    )
  )
}
