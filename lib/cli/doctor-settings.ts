// Reads the settings of `doctor` from flags and environment; values are validated like the middleware's options.
import { HubSpotIdentificationError } from '../errors.js'
import { resolveOptions } from '../options/resolve-options.js'
import { isVisitor, readVisitor, type Visitor } from '../visitor/visitor.js'
import type { DoctorSettings } from './doctor.js'
import type { FlagName } from './flags.js'
import type { PageSettings } from './page/examine-page.js'
import { readPageSettings } from './page-settings.js'
import { WrongUsage } from './wrong-usage.js'

type OptionName = 'baseUrl' | 'apiVersion' | 'region' | 'portalId'

/** What `doctor` checks: the account, a page, or both. */
export type DoctorCommand = { readonly account: DoctorSettings | undefined; readonly page: PageSettings | undefined }

/** Reads the settings of `doctor`; throws a `WrongUsage`. */
export function readDoctorCommand(flagValue: (flag: FlagName) => unknown, env: NodeJS.ProcessEnv): DoctorCommand {
  const visitor = readVisitorFlag(flagValue('email'))
  const visit = readPageSettings(flagValue)
  if (!visitor && !visit) {
    throw new WrongUsage(
      '--email is missing: give an email address, such as your own, or the URL of a page with --page.'
    )
  }
  const read = (flag: FlagName, option: OptionName, variable?: string) => {
    const given = flagValue(flag)
    if (typeof given === 'string') return judgeOption(`--${flag}`, option, given)
    // A blank variable counts as unset, because docker compose passes unset variables on as blank ones.
    const fromEnvironment = variable ? env[variable]?.trim() : undefined
    return variable && fromEnvironment ? judgeOption(variable, option, fromEnvironment) : undefined
  }
  const defaults = resolveOptions({ accessToken: 'none' })
  const baseUrl = read('base-url', 'baseUrl')?.baseUrl ?? defaults.baseUrl
  const apiVersion = read('api-version', 'apiVersion')?.apiVersion ?? defaults.apiVersion
  const region = read('region', 'region', 'HUBSPOT_REGION')?.region
  const portalId = read('portal-id', 'portalId', 'HUBSPOT_PORTAL_ID')?.portalId
  return {
    account: visitor && { visitor, baseUrl, apiVersion, region, portalId },
    page: visit && { ...visit, region, portalId }
  }
}

function readVisitorFlag(email: unknown): Visitor | undefined {
  if (email === undefined) return undefined
  const visitor = readVisitor({ email }, { requireVerified: false })
  if (!isVisitor(visitor)) throw new WrongUsage('--email takes one email address of at most 254 characters.')
  return visitor
}

/** Validates a value like the middleware's option; the error message names the flag or variable instead of the option. */
function judgeOption(name: string, option: OptionName, value: string) {
  try {
    return resolveOptions({ accessToken: 'none', [option]: value })
  } catch (thrown) {
    if (!(thrown instanceof HubSpotIdentificationError)) throw thrown
    throw new WrongUsage(thrown.hint.replace(`"${option}"`, name))
  }
}
