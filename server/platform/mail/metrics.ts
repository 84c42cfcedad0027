import { Counter, type Registry } from 'prom-client'

/**
 * What became of a mail, once for each try: `kept` here because there is no server, `suppressed` because the address
 * refused one before, `limited` because the mailbox gets enough.
 */
export type MailOutcome = 'sent' | 'later' | 'failed' | 'bounced' | 'kept' | 'suppressed' | 'limited'

/** Counts mails. */
export type CountMail = (outcome: MailOutcome) => void

/** Registers the counter. */
export function mailMetrics(registry: Registry): CountMail {
  const mails = new Counter({
    name: 'airdate_mails_total',
    help: 'Tries to send a mail, by what became of it.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  return (outcome) => mails.labels(outcome).inc()
}
