// `hubspot.json` in the places of a page where apps print it, in Chromium: no script in a value runs, and the values can be read.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import type { Browser, Page } from 'playwright-core'
import { addIdentity, renderJson } from '../../lib/page/snippet.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'

jest.setTimeout(60_000)

const RUNS = 100
const SEED = 17

/** The HTML of each place, with the JSON in it. `take` gets a function that reads the value there. */
const PLACES = {
  'a script': (json: string) => `<script>take(() => (${json}))</script>`,
  "JSON.parse('...')": (json: string) => `<script>take(() => JSON.parse('${json}'))</script>`,
  'JSON.parse(`...`)': (json: string) => `<script>take(() => JSON.parse(\`${json}\`))</script>`,
  'a single-quoted attribute': (json: string) =>
    `<p data-json='${json}'></p><script>take(() => JSON.parse(document.querySelector('p').dataset.json))</script>`,
  'a data block': (json: string) =>
    `<script type="application/json" id="data">${json}</script><script>take(() => JSON.parse(document.getElementById('data').text))</script>`
}

/** In these places JavaScript decodes the escapes a second time, so values with a character of `NOT_TWICE` cannot be read. */
const DECODED_TWICE = ["JSON.parse('...')", 'JSON.parse(`...`)']
// biome-ignore lint/suspicious/noControlCharactersInRegex: the test is about control characters
const NOT_TWICE = /["\\\u0000-\u001f]/

const BREAKOUTS = [
  "'+hit()+'",
  "');hit();//",
  '`+hit()+`',
  '`);hit();//',
  '$'.concat('{hit()}'),
  `'onfocus='hit()'autofocus tabindex='1`,
  "'><img src=x onerror=hit()>",
  '</script><script>hit()</script>',
  '<!--<script>',
  '"+hit()+"',
  "\\'+hit()+\\'",
  '\\`+hit()+\\`',
  '\\',
  "\\\\'",
  '\\u0027+hit()+\\u0027',
  '\u2028hit()\u2029',
  '\n hit() \r',
  '\ud800',
  '\udfff\ud800',
  '\0\x7f\x85\ufeff',
  '__proto__'
]

/** The characters that an address may have before its @: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address */
const IN_ADDRESSES = "abcXYZ019.!#$%&'*+/=?^_`{|}~-"
const inAddress = fc.constantFrom(...IN_ADDRESSES)
const address = fc.oneof(
  fc.string({ unit: inAddress, minLength: 1, maxLength: 30 }).map((name) => `${name}@example.com`),
  fc.constantFrom("'+hit()+'@example.com", '`+hit`$'.concat('{hit`1`}`+`@example.com'), "o'brien+x&co@example.com")
)
const token = fc.string({ unit: fc.constantFrom(...'aZ09-._~$!%(){}[]|^;:,?@=+*/'), minLength: 1, maxLength: 40 })
const text = fc.oneof(
  fc.constantFrom(...BREAKOUTS),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.constantFrom(...BREAKOUTS), { maxLength: 3 }).map((parts) => parts.join(''))
)

describeWithChromium('hubspot.json', () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await launchChromium()
    page = await browser.newPage()
  })
  afterAll(() => browser.close())

  /** Loads each case as a page, in frames of one document; gives the value that was read, and any script or error that ran. */
  async function readAll(place: keyof typeof PLACES, cases: readonly string[]) {
    const pages = cases.map(
      (json) => `<!doctype html><meta charset="utf-8"><script>
        hits = 0
        function hit() { hits += 1 }
        function take(read) { try { seen = { value: read() } } catch (error) { seen = { error: error.name } } }
        addEventListener('error', (event) => { broken = String(event.message) })
        broken = ''; seen = { error: 'did not run' }
      </script>${PLACES[place](json)}<b>after</b>`
    )
    return page.evaluate(async (pages) => {
      const read = async (html: string) => {
        const frame = document.createElement('iframe')
        const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
        frame.srcdoc = html
        document.body.append(frame)
        await loaded
        // biome-ignore lint/suspicious/noExplicitAny: the globals of the page above
        const inner = frame.contentWindow as any
        const { hits, broken, seen } = inner
        const elements = [...inner.document.body.querySelectorAll('*')].map(
          ({ tagName }: { tagName: string }) => tagName
        )
        frame.remove()
        return { hits, broken, elements, error: seen.error, json: JSON.stringify(seen.value) }
      }
      return Promise.all(pages.map(read))
    }, pages)
  }

  test.each(Object.keys(PLACES) as (keyof typeof PLACES)[])(
    'any address and token can be read from %s',
    async (place) => {
      const people = fc.sample(fc.record({ email: address, token }), { seed: SEED, numRuns: RUNS })
      const results = await readAll(
        place,
        people.map((person) => addIdentity(renderJson({ hideNewThreadLink: true }), person))
      )
      results.forEach(({ hits, broken, json }, index) => {
        const { email, token } = people[index] as { email: string; token: string }
        const settings = { hideNewThreadLink: true, identificationEmail: email, identificationToken: token }
        expect({ hits, broken, settings: JSON.parse(json ?? 'null') }).toEqual({ hits: 0, broken: '', settings })
      })
      expect(results).toHaveLength(RUNS)
    }
  )

  test.each(Object.keys(PLACES) as (keyof typeof PLACES)[])('no script in a setting runs in %s', async (place) => {
    const all = fc
      .sample(fc.tuple(text, text), { seed: SEED, numRuns: RUNS })
      .concat(BREAKOUTS.map((one) => [one, one]))
    const printed = all.map(([key, value]) => renderJson(Object.fromEntries([[`k${key}`, value]])))
    const results = await readAll(place, printed)
    const [usual] = await readAll(place, ['{}'])
    results.forEach(({ hits, broken, elements, json, error }, index) => {
      const [key, value] = all[index] as [string, string]
      expect({ hits, broken, elements }).toEqual({ hits: 0, broken: '', elements: usual?.elements })
      if (DECODED_TWICE.includes(place) && NOT_TWICE.test(key + value)) return
      expect({ error, value: JSON.parse(json ?? 'null') }).toEqual({ error: undefined, value: { [`k${key}`]: value } })
    })
  })
})
