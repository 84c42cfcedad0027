/**
 * Verbs and phrasal verbs that mean what a plainer one means: `plain: others`. A phrasal verb is written with its particle
 * (`figure out`); the particle may stand a few words behind the verb.
 */
const LINES = `
ask: query, enquire, inquire, pick brain, consult, beg, petition
message: nudge, ping, poke, bug, chase, chase up, follow up, hit up, drop line, get touch, touch base, write back, get back, reach out, contact, dm, notify, alert, page
call: ring up, call up, phone up, call back, give ring, buzz, skype
meet: catch up, hang out, see, get together, visit
tell: let know, fill in on, brief, update on, break news, admit, confess, own up
negotiate: haggle, bargain, dispute, contest, challenge, argue, appeal, complain
review: run past, run by, bounce off, look over with
discuss: talk over, talk through, talk about, chat about, hash out, sync, align, swap notes, compare notes, confer
decide: make up mind, weigh up, vote, opt, determine, conclude, commit to, figure out which, figure out whether, work out which
choose: single out, go with, plump, narrow down, whittle down, cherry-pick
find: track down, dig out, dig up, source, spot, hunt down, hunt, seek out, unearth, turn up, figure out, scour, look into, read up, check out, get hold
check: double-check, cross-check, look over, go over, look through, run through, scan through, make sure, ensure, eyeball, sanity-check, recheck, review, check on, check over, have look, take look, glance, see if, see whether
read: skim through, leaf through, flip through, flick through, peruse, catch up on reading, read through, read over, go through chapter
learn: memorise, memorize, drill, brush up, cram, master
write: draw up, jot, scribble, pen, put together, write up, write out, scrawl, word, polish, reword, rework, flesh out, hammer out, knock out, finish off, bump, copy out, wordsmith, redraft, ghostwrite, author
note: put down, write down, jot down, take down, log, record reading
fill in: fill out, complete form
organize: colour-code, color-code, prioritise, tier, squash, streamline, structure, sort out, put in order, clean up list, bucket, triage, batch, cluster
plan: map out, plot, lay plan, work out plan, timebox, pencil in, block out, set aside, draft plan, sketch out plan
schedule: put off, postpone, reschedule, push back, bring forward, move back
configure: set up, spin up, provision, boot, hook up, connect, pair, wire up, tweak, toggle, calibrate
verify: bisect, reproduce, validate, sanity-test, smoke-test, try out, dry-run, troubleshoot, diagnose, debug
fix: wire, patch, patch up, mend, restore, tighten, repair, unjam, unblock, get rid bug
create: narrate, dub, whip up, knock together, throw together, put together slides, produce, craft, rough out, mock up, come up, dream up, sculpt, film, generate, make up, set to music, colour, paint
film: shoot, capture, get shot, get footage
cut: get rid hum, remove hum, trim down, tighten up, crop, splice, edit down, denoise, de-ess, equalise, equalize
delete: get rid, remove, wipe out, take off, strip out, drop, discard, prune, purge
clean: sweep up, wipe down, scrub down, mop up, hose down, unclog, clean out, clean up, wash up, deep-clean, spot-clean, freshen, rinse out, wash off, spruce up, degrease, sanitise, sanitize, bleach, scour, lint-roll
tidy: straighten up, tidy up, clear up, pick up toys, untangle, stack, put away, pack away, stow away, clear out, sort through, straighten
throw away: throw out, chuck, chuck out, bin, toss, dispose, get rid of, take dump
carry: haul, lug, lift, drag, heave, stow, load, unload, shift, wheel, roll
put: stick, pop, slot, place, tuck, set down, lay, stand, insert, slip, hang up
prepare: roll out, get ready, bag up, lay out, set out, warm up, ready, gather, get together, assemble, line up, prep, dig out tools, unroll, fetch tools, soak, stage, preset
buy: purchase, pick up some, grab some, stock up, pick up from, snap up, shop for, procure, acquire, get new
pay: settle, top up, pay off, remit, chip in, reimburse, refund, cough up
return: bring back, take back, give back, hand back, send back, exchange
deliver: drop off, drop by, drop in, hand-deliver
fetch: collect, pick up, get back from, go get
download: pull down, grab file, save offline, get copy
back up: archive copy, mirror, stash, snapshot, checkpoint
upload: put online, put up, push up
publish: put live, go live, release, ship, launch, post
go: pop round, pop over, pop to, pop into, pop out, head, head over, head to, nip, nip out, run over, swing, swing by, stop by, drop round, get to, call in, pop in, notarise, notarize
take: hop on, catch bus, catch train, catch, board
exercise: hold, plank, jog, sprint, squat, lunge, work out, skip, row, lift weights, hold plank, loosen up, limber up
apply: rub, put on cream, dab, smear
eat: swap crisps, have lunch, have breakfast, munch, snack
cook: throw together, whip up sauce, heat up, rustle up, reheat, steam, poach, saute, barbecue, brew
rest: lie down, chill, unwind, nap, wind down, breathe
invite: ask over, have over
assign: delegate, hand off, pass on, farm out
apologise: say sorry, make up to
`

const PLAIN = new Map<string, { particle: string[]; plain: string }[]>()
for (const line of LINES.trim().split('\n')) {
  const [plain = '', others = ''] = line.split(':')
  for (const other of others.split(',')) {
    const [verb = '', ...particle] = other.trim().split(' ')
    PLAIN.set(verb, [...(PLAIN.get(verb) ?? []), { particle, plain }])
  }
}
// A phrasal verb before the verb alone.
for (const all of PLAIN.values()) all.sort((one, other) => other.particle.length - one.particle.length)

/**
 * The plainer verb for a verb and the words after it, all in lower case: `figure`, `out which lens works` → `decide`. A
 * plain verb that is made of two words comes with its particle. Null when the verb is plain already or unknown.
 */
export function plainVerb(verb: string, rest: readonly string[]): string | null {
  const near = rest.slice(0, 5)
  return PLAIN.get(verb)?.find(({ particle }) => particle.every((word) => near.includes(word)))?.plain ?? null
}
