import type { ColumnDefault } from '#platform/database/columns.ts'

export interface UsersTable {
  id: string
  email: string
  displayName: string
  emailVerified: ColumnDefault<boolean>
  image: string | null
  twoFactorEnabled: ColumnDefault<boolean>
  isAdmin: ColumnDefault<boolean>
  bannedAt: Date | null
  banReason: string | null
  banEndsAt: Date | null
  serviceOf: string | null
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface AccountsTable {
  id: string
  userId: string
  providerId: string
  accountId: string
  accessToken: string | null
  refreshToken: string | null
  idToken: string | null
  accessTokenExpiresAt: Date | null
  refreshTokenExpiresAt: Date | null
  scope: string | null
  password: string | null
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
}

export interface VerificationsTable {
  id: string
  identifier: string
  value: string
  expiresAt: Date
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
}

export interface TwoFactorsTable {
  id: string
  userId: string
  secret: string
  backupCodes: string
  verified: ColumnDefault<boolean>
  failedVerificationCount: ColumnDefault<number>
  lockedUntil: Date | null
  createdAt: ColumnDefault<Date>
}

export interface PasskeysTable {
  id: string
  userId: string
  name: string | null
  publicKey: string
  credentialId: string
  counter: number
  deviceType: string
  backedUp: boolean
  transports: string | null
  aaguid: string | null
  createdAt: ColumnDefault<Date>
}

export interface SessionsTable {
  id: string
  userId: string
  workspaceId: string
  kind: 'cookie' | 'token'
  secretHash: Buffer | null
  method: 'password' | 'oauth' | 'passkey' | 'impersonation'
  impersonatorId: string | null
  address: string | null
  userAgent: string | null
  createdAt: ColumnDefault<Date>
  authenticatedAt: ColumnDefault<Date>
  lastSeenAt: ColumnDefault<Date>
  expiresAt: Date
  endedAt: Date | null
  endReason: string | null
}

export interface RefreshTokensTable {
  id: string
  sessionId: string
  secretHash: Buffer
  createdAt: ColumnDefault<Date>
  expiresAt: Date
  usedAt: Date | null
}

export interface IdentityKeysTable {
  id: string
  purpose: 'access-token' | 'flows'
  publicJwk: object | null
  sealedSecret: string
  createdAt: ColumnDefault<Date>
  retiredAt: Date | null
}

export interface WorkspacesTable {
  id: string
  name: string
  ownerId: string
  personalOf: string | null
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface WorkspaceMembersTable {
  workspaceId: string
  userId: string
  role: 'owner' | 'admin' | 'editor' | 'viewer'
  createdAt: ColumnDefault<Date>
}

export interface InvitationsTable {
  id: string
  workspaceId: string
  email: string
  role: 'admin' | 'editor' | 'viewer'
  secretHash: Buffer
  invitedBy: string
  createdAt: ColumnDefault<Date>
  expiresAt: Date
  acceptedAt: Date | null
  acceptedBy: string | null
  revokedAt: Date | null
}

export interface ApiTokensTable {
  id: string
  userId: string
  workspaceId: string
  name: string
  secretHash: Buffer
  permissions: string[]
  createdAt: ColumnDefault<Date>
  lastUsedAt: Date | null
  revokedAt: Date | null
  expiresAt: Date | null
  createdBy: string | null
}

export interface SpendsTable {
  id: string
  workspaceId: string
  source: string
  provider: string
  amountMicros: number
  currency: string
  createdAt: ColumnDefault<Date>
  kind: ColumnDefault<'spend' | 'reserve' | 'settle' | 'release'>
  heldMicros: ColumnDefault<number>
  countedOn: ColumnDefault<string>
}

export interface SpendDaysTable {
  workspaceId: string
  currency: string
  day: string
  heldMicros: number
  spentMicros: number
  createdAt: ColumnDefault<Date>
}

export interface ReservationsTable {
  id: string
  workspaceId: string
  source: string
  owner: string
  provider: string
  heldMicros: number
  currency: string
  countedOn: string
  expiresAt: Date
  createdAt: ColumnDefault<Date>
}

export interface BudgetsTable {
  id: string
  workspaceId: string
  period: 'day' | 'month' | 'total'
  limitMicros: number
  currency: string
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
}

export interface PricesTable {
  id: string
  workspaceId: string | null
  provider: string
  model: string
  unit: 'input-token' | 'output-token' | 'audio-second'
  microsPerMillion: number
  currency: ColumnDefault<string>
  validFrom: Date
  validTo: Date | null
  createdAt: ColumnDefault<Date>
}

export interface AiConnectionsTable {
  id: string
  workspaceId: string
  name: string
  kind: 'openai-compatible' | 'anthropic'
  baseUrl: string
  textModel: string | null
  fastModel: string | null
  transcriptionModel: string | null
  retirements: ColumnDefault<unknown>
  sealedKey: string | null
  keyHint: string | null
  place: ColumnDefault<number>
  enabled: ColumnDefault<boolean>
  version: ColumnDefault<number>
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
}

export interface AuditEntriesTable {
  id: string
  workspaceId: string | null
  personId: string | null
  action: string
  actorKind: 'user' | 'system' | 'anonymous'
  actorId: string | null
  actorName: string | null
  credentialId: string | null
  impersonatorId: string | null
  targetKind: string
  targetId: string | null
  address: string | null
  userAgent: string | null
  requestId: string
  before: unknown
  after: unknown
  createdAt: ColumnDefault<Date>
}

/** The tables of the commons, by their names in SQL. */
export interface CommonsTables {
  'commons.users': UsersTable
  'commons.accounts': AccountsTable
  'commons.verifications': VerificationsTable
  'commons.twoFactors': TwoFactorsTable
  'commons.passkeys': PasskeysTable
  'commons.sessions': SessionsTable
  'commons.refreshTokens': RefreshTokensTable
  'commons.identityKeys': IdentityKeysTable
  'commons.workspaces': WorkspacesTable
  'commons.workspaceMembers': WorkspaceMembersTable
  'commons.invitations': InvitationsTable
  'commons.apiTokens': ApiTokensTable
  'commons.spends': SpendsTable
  'commons.spendDays': SpendDaysTable
  'commons.reservations': ReservationsTable
  'commons.budgets': BudgetsTable
  'commons.prices': PricesTable
  'commons.aiConnections': AiConnectionsTable
  'commons.auditEntries': AuditEntriesTable
}
