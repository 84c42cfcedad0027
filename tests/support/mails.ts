import { expect } from 'vitest'
import type { TestDatabase } from './database.ts'

/** A mail that nobody has sent yet, or that is kept because there is no server. */
export interface WaitingMail {
  readonly kind: string
  readonly subject: string
  readonly text: string
  /** Addresses that it leads to, in order. */
  readonly links: readonly string[]
}

/** The newest mail to this address (of this kind) whose words are still there, waiting until there is one. */
export async function mailTo(db: TestDatabase, address: string, kind?: string): Promise<WaitingMail> {
  let found: Omit<WaitingMail, 'links'> | undefined
  await expect
    .poll(
      async () => {
        const rows = await db.sql<{ kind: string; subject: string; text: string }>(
          `select kind, subject, text_part as text from platform.mails
           where lower(recipient) = lower($1) and text_part is not null and kind = coalesce($2, kind)
           order by created_at desc, id desc limit 1`,
          [address, kind ?? null],
        )
        return (found = rows[0])
      },
      { timeout: 10_000 },
    )
    .toBeDefined()
  if (found === undefined) throw new Error(`no mail to ${address}`)
  const body = found.text.slice(0, found.text.lastIndexOf('\n-- \n'))
  return { ...found, links: body.match(/^https?:\/\/\S+$/gm) ?? [] }
}
