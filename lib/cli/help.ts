// What `--help` prints.

/** The package and its bin. */
export const NAME = 'express-hubspot-identification'

/** Every command with its flags. */
export const HELP = `Usage: ${NAME} doctor --email <address> [flags]
       ${NAME} doctor --page <url> [--cookie <cookie>] [flags]
       ${NAME} simulator [flags]

doctor --email checks whether this machine can identify visitors to HubSpot's chat: credential, scope, plan,
API version, region, clock and rate budget, with one real token, which makes no contact.

  --email <address>      whom to ask a token for, such as yourself
  --base-url <url>       HubSpot's API, https only except on this machine (https://api.hubapi.com)
  --api-version <name>   as the option "apiVersion" (2026-09)
  --region <name>        where the account is hosted, such as eu1 (HUBSPOT_REGION)
  --portal-id <digits>   the HubSpot account (HUBSPOT_PORTAL_ID)

doctor --page looks at a page of an app as a browser gets it: is the snippet there, once, unescaped and above
the chat's script; do Content-Security-Policy and cache headers allow it; is the visitor identified.
It takes --region and --portal-id, too, to compare with what the page loads, and goes together with --email.

  --page <url>           the page, http or https; redirects are followed within its origin
  --cookie <cookie>      'name=value; ...' of a session that is logged in, sent to that origin alone

  --json                 an array of { id, status, message, hint? }; status is ok, failed, warning or skipped
  --no-color             no colours, as with NO_COLOR

The credential is read from HUBSPOT_ACCESS_TOKEN and never printed.
Exit code: 0 all is well (warnings allowed), 1 something failed, 2 wrong usage.

simulator runs a stand-in for HubSpot on this machine, for an app under development: API, chat and inbox.
It needs no account, prints what to set in the app, and stops on Ctrl-C.

  --port <number>        where it listens; 0 takes any free port (4010)
  --portal-id <digits>   the HubSpot account that it plays (12345)

Exit code: 0 stopped, 1 could not start, 2 wrong usage.

  -h, --help             this text
  -v, --version          the version
`
