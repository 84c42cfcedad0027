import type { ColumnDefault } from '#platform/database/columns.ts'

export interface UsersTable {
  id: string
  email: string
  displayName: string
  passwordHash: string
  createdAt: ColumnDefault<Date>
  updatedAt: ColumnDefault<Date>
  deletedAt: Date | null
}

export interface WorkspacesTable {
  id: string
  name: string
  ownerId: string
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
}

export interface SpendsTable {
  id: string
  workspaceId: string
  source: string
  provider: string
  amountMicros: number
  currency: string
  createdAt: ColumnDefault<Date>
}

/** The tables of the commons, by their names in SQL. */
export interface CommonsTables {
  'commons.users': UsersTable
  'commons.workspaces': WorkspacesTable
  'commons.workspaceMembers': WorkspaceMembersTable
  'commons.apiTokens': ApiTokensTable
  'commons.spends': SpendsTable
}
