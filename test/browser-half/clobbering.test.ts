// DOM clobbering: user HTML whose elements are named like the globals and document properties that the browser code reads. And the
// size of the classic script.
import { gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { CLASSIC_SCRIPT, INLINE_SCRIPT } from '../../lib/page/browser-code.js'
import { describeWithChromium } from '../support/chromium.js'
import { useBrowser } from './harness.js'
import { answers, tags } from './site.js'

const HOSTILE = `
  <form id="hsConversationsSettings"><input name="identificationEmail" value="evil@example.com"></form>
  <a id="hsConversationsOnReady"></a><a id="hsConversationsOnReady"></a>
  <a id="hubspotIdentification"></a><a id="hubspotIdentification" name="chat"></a>
  <img name="currentScript" data-endpoint="/evil"><form name="visibilityState"></form>
  <img name="addEventListener"><img id="addEventListener"><img id="fetch"><iframe name="Document"></iframe>`

describeWithChromium('on a page with elements named like globals', () => {
  const { site, open } = useBrowser()

  test('the chat is identified, asks again, and is reset', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, settings, errors } = await open(
      `<script src="/widget.js"></script>${HOSTILE}${tags.chat}`
    )
    await untilChatIs('ann@example.com')
    expect(Object.keys(await settings()).sort()).toEqual([
      'identificationEmail',
      'identificationToken',
      'loadImmediately'
    ])
    await page.evaluate('hubspotIdentification.chat.refresh()')
    site().endpoint = answers.nobody
    await page.clock.fastForward(2 * 60 * 1000)
    await page.evaluate('dispatchEvent(new Event("visibilitychange")), 0')
    await untilChatIs('nobody')
    await page.evaluate('hubspotIdentification.forgetVisitor()')
    expect(site().asked.map(({ url }) => url)).toEqual(Array(3).fill('/hubspot/token'))
    expect(errors).toEqual([])
  })

  test('the snippet and forgetVisitor() take no element for the settings or the widget', async () => {
    const { page, settings, errors } = await open(`
      <script>document.cookie = 'messagesUtk=1; path=/'; document.cookie = 'mine=1; path=/'</script>
      ${HOSTILE}<img name="cookie"><a id="HubSpotConversations"></a><video id="HubSpotConversations" name="widget"></video>
      <script>(${INLINE_SCRIPT})(JSON.parse('{"hideNewThreadLink":true}'))</script>
      ${tags.functions}<script>hubspotIdentification.startChat(); hubspotIdentification.forgetVisitor()</script>`)
    expect(await settings()).toEqual({ hideNewThreadLink: true, loadImmediately: false })
    const { cookies } = (await page.evaluate(
      'cookieStore.getAll().then((all) => ({ cookies: all.map(({ name }) => name) }))'
    )) as {
      cookies: string[]
    }
    expect(cookies).toEqual(['mine'])
    expect(await page.evaluate('Array.isArray(hsConversationsOnReady)')).toBe(true)
    expect(errors).toEqual([])
  })
})

test('the classic script stays below two kilobytes gzipped', () => {
  expect(gzipSync(CLASSIC_SCRIPT).length).toBeLessThan(2048)
})
