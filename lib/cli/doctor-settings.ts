// What the doctor was told by flags and by the environment, each value judged as the middleware judges its option.
import { HubSpotIdentificationError } from '../errors.js'
import { resolveOptions } from '../options/resolve-options.js'
import { isVisitor, readVisitor } from '../visitor/visitor.js'
import type { DoctorSettings } from './doctor.js'
import type { FlagName } from './flags.js'
import { WrongUsage } from './wrong-usage.js'

type OptionName = 'baseUrl' | 'apiVersion' | 'region' | 'portalId'

/** Reads the settings of `doctor`; throws a `WrongUsage`. */
export function readDoctorSettings(flagValue: (flag: FlagName) => unknown, env: NodeJS.ProcessEnv): DoctorSettings {
  const email = flagValue('email')
  if (email === undefined) {
    throw new WrongUsage('--email is missing: give the address of somebody who may be asked for, such as your own.')
  }
  const visitor = readVisitor({ email }, { requireVerified: false })
  if (!isVisitor(visitor)) throw new WrongUsage('--email takes one email address of at most 254 characters.')
  const read = (flag: FlagName, option: OptionName, variable?: string) => {
    const given = flagValue(flag)
    if (typeof given === 'string') return judgeOption(`--${flag}`, option, given)
    // A variable that is blank, as docker compose passes unset ones on, counts as unset.
    const fromEnvironment = variable ? env[variable]?.trim() : undefined
    return variable && fromEnvironment ? judgeOption(variable, option, fromEnvironment) : undefined
  }
  const defaults = resolveOptions({ accessToken: 'none' })
  return {
    visitor,
    baseUrl: read('base-url', 'baseUrl')?.baseUrl ?? defaults.baseUrl,
    apiVersion: read('api-version', 'apiVersion')?.apiVersion ?? defaults.apiVersion,
    region: read('region', 'region', 'HUBSPOT_REGION')?.region,
    portalId: read('portal-id', 'portalId', 'HUBSPOT_PORTAL_ID')?.portalId
  }
}

/** Judges a value exactly as the middleware judges its option of that meaning, and names it as it was given here. */
function judgeOption(name: string, option: OptionName, value: string) {
  try {
    return resolveOptions({ accessToken: 'none', [option]: value })
  } catch (thrown) {
    if (!(thrown instanceof HubSpotIdentificationError)) throw thrown
    throw new WrongUsage(thrown.hint.replace(`"${option}"`, name))
  }
}
