// Written by `ALBUMEN_BLESS=1 cargo test -p albumen-app bindings` from core/app.
// The values of libraries, policies and people.
import type { AppState, Role } from './types'

export type LibraryView = {
  libraryId: string
  name: string
  fileLibrary: boolean
  hostingUrl: string | null
  caSha256: string | null
  spaces: NamedSpace[]
}

export type NamedSpace = {
  spaceId: string
  name: string
  canRead: boolean
  canUpload: boolean
  canDelete: boolean
}

export type LibraryRemoval = { libraryId: string; tokensLeft: number }

export type WhoView = { leastRole: Role | null; accounts: string[] }

export type PolicyView = {
  libraryId: string
  spaceId: string
  read: WhoView
  upload: WhoView
  delete: WhoView
  quotaBytes: number | null
  photos: boolean
  videos: boolean
  extensions: string[]
  guardFiles: number
  guardPercent: number
  guardLocked: boolean
  applied: boolean
}

export type DeleteGuardView = {
  files: number | null
  percent: number | null
  locked: boolean
  own: boolean
}

export type OpenIdPage = { url: string; opened: boolean; secondsLeft: number }

export type OpenIdStep = { done: boolean; secondsLeft: number; app: AppState | null }

export type IdentityView = { issuer: string; subject: string; boundAt: string }

export type WaysIn = {
  identity: IdentityView | null
  identityOpens: boolean
  provider: string | null
  hasPassword: boolean
}

export type PersonState = 'active' | 'disabled' | 'removed'

export type PersonView = {
  accountId: string
  name: string
  role: Role
  state: PersonState
  createdAt: string
  secondFactor: boolean
  identity: IdentityView | null
}

export type PersonChange = 'disable' | 'enable' | 'remove' | 'reset_second_factor'

export type InvitationView = { id: string; name: string | null; role: Role; expiresAt: string }

export type InvitedView = { invitation: InvitationView; code: string; url: string }

export type RegistrationView = { openAs: Role | null }

export type SecondFactorView = { on: boolean; recoveryCodesLeft: number }

export type SecondFactorSecret = { uri: string }

export type RecoveryCodes = { codes: string[] }
