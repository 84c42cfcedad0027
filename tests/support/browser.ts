import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type Page, chromium } from 'playwright-core'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
]

export interface BrowserOptions {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  readonly deviceScaleFactor?: number
  readonly isMobile?: boolean
}

/** A headless Chromium with an empty profile of its own; disposing it ends the browser and removes the profile. */
export interface TestBrowser extends AsyncDisposable {
  readonly context: BrowserContext
  /** A new page that keeps what the page complained about: uncaught errors, console errors, refused by its policy. */
  page(): Promise<{ readonly page: Page; readonly complaints: readonly string[] }>
}

/** Starts the system's Chromium (`AIRDATE_CHROMIUM`, else /usr/bin/chromium). */
export async function openBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'airdate-test-browser-'))
  const { viewport = { width: 1440, height: 900 }, ...rest } = options
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['AIRDATE_CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
    viewport,
    ...rest,
  })
  return {
    context,
    page: async () => {
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`)
      })
      return { page, complaints }
    },
    [Symbol.asyncDispose]: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}
