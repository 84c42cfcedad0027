import type { OAuthConfig } from '#platform/config/oauth.ts'
import { apple } from './apple.ts'
import { github } from './github.ts'
import { google } from './google.ts'
import { microsoft } from './microsoft.ts'
import type { OAuthProvider } from './provider.ts'

/** The providers that the operator has set up, in the order in which they are offered. */
export function providersOf(config: OAuthConfig): readonly OAuthProvider[] {
  return [
    ...(config.google === null ? [] : [google(config.google)]),
    ...(config.apple === null ? [] : [apple(config.apple)]),
    ...(config.github === null ? [] : [github(config.github)]),
    ...(config.microsoft === null ? [] : [microsoft(config.microsoft)]),
  ]
}
