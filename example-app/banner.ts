// The message at the start: the URLs, and the users who can log in.
import type { RunningApp } from './serve.js'

/** The text for the terminal. */
export function banner({ url, chat, users, notes }: Omit<RunningApp, 'close'>, workers: number): string {
  const lines = ['', `  The example is running${workers > 1 ? ` in ${workers} processes` : ''}.`, '']
  lines.push(`  App      ${url}`, `  Inbox    ${chat.inboxUrl}`)
  if (chat.kind === 'simulator') {
    lines.push('  HubSpot  the simulator on this machine (set HUBSPOT_ACCESS_TOKEN to talk to your account)', '')
    lines.push('  Demo users, with their passwords:')
    for (const { email, password, emailVerified } of users) {
      const note = emailVerified ? '' : '   unverified: stays unknown to HubSpot'
      lines.push(`    ${email.padEnd(24)} ${password.padEnd(20)}${note}`.trimEnd())
    }
  } else {
    lines.push(
      `  HubSpot  ${chat.baseUrl ?? 'your account'}, region ${chat.region}, portal ${chat.portalId ?? 'not set'}`
    )
    const [user] = users
    lines.push(
      user
        ? `  User     ${user.email}, with DEMO_USER_PASSWORD`
        : '  User     nobody can log in: set DEMO_USER_EMAIL (an address of your own) and DEMO_USER_PASSWORD'
    )
    if (!chat.portalId)
      lines.push(
        '',
        '  Without HUBSPOT_PORTAL_ID the pages load no chat: the number is in the address of your HubSpot.'
      )
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => `  ${note}`))
  return `${lines.join('\n')}\n`
}
