/** The words by which the splitter tells what is to be done from what is merely said. English; kept as sets of lower case without apostrophes. */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Verbs that begin a task whatever follows. */
export const PLAIN_VERBS = words(`
  accept add adjust agree announce apologise apologize apply approve arrange ask assemble assign attach attend author
  backup bake become begin boil borrow breathe bring browse brainstorm build buy calculate calibrate cancel capture
  celebrate choose clarify clean clear close collapse collect combine come compare compile complete compose compress
  configure confirm congratulate connect contact convert cook create crop decide declutter defrost delete delegate deliver
  deploy describe determine digitise digitize disable discard discuss divide do donate download draw drink drive duplicate
  dye eat edit eliminate email enable enter evaluate examine explain explore export extend fetch figure fill finalise
  finalize find finish fix fold follow forward gather generate get give go grab greet hang help hire hoover
  identify improve include inform insert inspect install introduce invent investigate invite join keep launch learn lend
  let lie listen locate lower make meditate meet memorise memorize migrate modify move mow negotiate notify obtain open
  order organise organize outline pack pay perform phone photograph pick plug polish practise prep prepare prioritise
  prioritize proofread provide publish purchase put reach read reassign rebook recharge recalculate recheck reconnect
  recover recruit recycle redeem redesign redo reduce refill refund register reinstall relax release remind remove
  rename render renew rent reorder repaint repair replace replant replug reply reschedule resend reserve resize resolve
  respond restart restock restore resubmit retake rethink retry return revise revisit revoke rewatch rewrite rotate rsvp
  save scan schedule see select sell send set sew shave shorten shower simplify sing sit sketch sleep socialise solve speak
  spend storyboard strip study submit subscribe subtitle swap sync take talk teach tell thank throw tidy transcribe
  transfer translate trim tweak unblock uninstall unload unpack unplug unsubscribe update upgrade upload vacuum validate
  verify visit wake wash wear weed weigh wipe withdraw write
`)

/** Words that are as often nouns or adjectives: verbs where what follows looks like their object, or where each line is a task. */
export const DOUBTFUL_VERBS = words(`
  air answer apply archive back balance bank battle bid bill blog bleach book bookmark bottle brush budget call cap
  charge chart chase check claim clock cold colour color comment copy count counter cover cut date deal debug delay
  design document double draft drag dream dress drill drop dry dust empty end exchange exercise face fast feature feed
  file film filter finance flag flip focus frame free freeze frost gift google grade group guard guide hand hand-in heat hold host
  iron interview invoice journal judge jump knit label laminate light like limit link list load lock log look mail mark
  match measure mention message microwave mind mirror mix model monitor mop mount name nap note nudge number oil
  open outline package paint park patch pause peel phone photo pin ping pitch place plan plant play post preview press
  print process produce programme program promote prune pull push question quote race rank rate record rehearse report
  request research reset rest review ring roast rule run salt sand screen script scrub search seal season secure shape
  share sharpen shelve ship shoot shop show sign silence skip slice smoke snooze soak sort split spray stack stamp start
  state stay steam stick stitch stock stop store strap stream stress stretch style suggest support survey switch tag tap
  tape target taste tape test text tie time title top touch track trade train trash treat try tune turn tweet type use
  vote wait walk warm warn watch water wax wire work workout wrap zip
`)

/** Verbs whose object may be a list: commas after them hold no new task. */
export const LISTING_VERBS = words(`
  add bring buy check clean collect feed gather get grab include invite need order pack pay pick prep prepare print
  purchase restock return stock wash water
`)

/** Verbs that speak to somebody: a name may follow them, also in lower case. */
export const SPEAKING_VERBS = words(`
  answer ask call congratulate contact dm email facetime follow help interview invite mail meet message nudge pay phone
  ping remind reply ring see tell text thank visit warn whatsapp write
`)

/** What may stand before a task and is no part of it. */
export const FILLERS = words(`
  actually ah alright also and anyway argh basically because bye but er fine finally first firstly furthermore hello hey hi hm hmm hmmm
  lastly later like lol next no now oh ok okay or plus pls please right second secondly shit so sorry thanks then third thirdly to
  todo ugh uh uhm um wait well yeah yes yep
`)

/** Fillers that can join two tasks where no comma stands. */
export const JOINTS = words('and also because but oh plus so then')

/** They soften or time a task and stay with it. */
export const ADVERBS = words(`
  definitely eventually finally first just maybe perhaps possibly probably quickly really someday sometime soon
  still then today together tomorrow tonight
`)

/** After these words a subject begins a clause that belongs to what came before. */
export const SUBORDINATORS = words(`
  after although as before because but-also how if once since than that the though thing things unless until what when
  where whether which while who whom whose why dont didnt doesnt not never without all everything nothing something
  anything only
`)

/** The beginning of an object: after it a doubtful verb is one. */
export const OBJECT_STARTS = words(`
  a about again all an another any at back both each every everybody everyone everything five for four from her him his how
  if in into it its me more my new off old on one our out over part some somebody someone something that the their them
  these this those three through to two up us what when where whether which who with your
`)

/** Words that carry a clause of their own: what they stand in is said, not asked for. */
export const FINITE = words(`
  am are arent asked asks became been broke came cant cannot could couldnt did didnt does doesnt dont earned ended expires
  feel feels fell felt found gave goes got had hadnt happened has hasnt have havent helped helps hope hurt hurts im ive is
  isnt its keeps knew knows left liked likes lost love loved loves made means meant miss moved needed notice noticed pays
  remember remembered said says seem seems shouldnt skip skips smells sounded sounds stays taught thats thats
  theres theyre think thinks thought told took used wants wanted was wasnt went were werent whats will wish wont
  worked works would wouldnt youre
`)

/** Words with which a mere thought begins. */
export const MUSING_STARTS = words(`
  anyway everybody everyone everything he here how i idea ideas idk im its it ive maybe-not my nobody nothing people she
  angry bored happy hungry sad sick tired that thats there theres these they theyre this those thought thoughts unfinished what whats when where who why yesterday
`)

/** Things have to happen to what stands before these. */
export const NEEDS =
  /\b(needs?|has to|have to|must( be)?|should be|is due|are due|wants?|is not out|isnt out|does not|doesnt|drips|is broken|is down|is leaking|is empty|(?:is|are) (?:almost |nearly )?out of|(?:is|are) running (?:low|out)|expires?|has not|have not|havent|hasnt|ends?)\b/

/** What a comma may be followed by that still belongs to what stands before it. */
export const TAIL_STARTS = words(`
  after and asap at because before bring but by deadline due etc for from high if important in just like low medium near
  no not of on or please really so super thanks the then to until urgent very when which who with without
`)

export const WEEKDAYS = words('monday tuesday wednesday thursday friday saturday sunday')
export const MONTHS = words('january february march april may june july august september october november december')

/** Family as it is called; a person like one with a name. */
export const KIN = words(`
  aunt auntie bro brother dad daddy grandad granddad grandfather grandma grandmother grandpa granny mam mama mom mommy mum
  mummy nan nana nanny oma opa papa sis sister uncle
`)

/** Titles that belong to the name which follows. */
export const HONORIFICS = words('aunt auntie dr mr mrs ms prof professor uncle sir')

/** Words that are written with a capital and name nobody. */
export const NO_NAMES = words(`
  apr aug dec feb fri jan jul jun mar mon nov oct sat sep sept sun thu thur thurs tue tues wed
  ai amazon android api apple april asap august christmas december discord dropbox dutch easter english eod eow february
  french friday german google halloween i instagram italian january japanese july june linkedin march may monday netflix
  november october ok patreon paypal pinterest polish portuguese reddit russian saturday september shopify spanish spotify
  stripe sunday thanksgiving thursday tiktok tuesday tv twitch twitter uber vimeo wednesday whatsapp wifi x youtube zoom
`)

/** What heads a list or closes a thought, and is nothing to do. */
export const HEADINGS =
  /^(?:(?:okay|ok|so|the|my|a|another|other|long|some|big|short|quick|random|meeting|new) )*(?:agenda|all|(?:\d+|one|two|three|four|five|six)(?: things)?|anyway|brain ?dump|dump|errands|home|house|ideas?|list|me|misc|money|notes?|one|people|picture|plan|priorit(?:y|ies)|priority list|private|random|right|self|shopping|stuff|tasks?|that|things|thoughts?|today|to ?do(?: list)?|todos|video ideas?|work)$/

/** What is only an idea, said so at the beginning. */
export const IDEA =
  /^(?:an? |the |new |video |random |another )*(?:ideas?|thoughts?|concept|note to self the|what if)\b/

/** After these a name with a capital is somebody. */
export const TOWARDS = words(`
  with for from by to tell w and or than via re about because that when if whether as
`)

/** Where somebody goes: a name after "to" and "from" is a place then. */
export const TRAVEL = words(`
  train trains flight flights fly drive trip travel bus go move hotel ticket tickets ferry ride walk way
`)

/** What begins after a name in lower case that is spoken to. */
export const AFTER_NAMES = words(`
  about if whether for to re that when before after on at by and or back he she today tomorrow tonight this next
  regarding with his her what where how not the a i again
`)

/** Who is spoken to without a name, and what one calls or pays that is nobody. */
export const NOT_CALLED = words(`
  them him her it me us you everybody everyone someone somebody people back off out up down in later today
  tomorrow tonight again customers support clients more invoices insurance rent bills taxes dentist doctor bank
  landlord plumber vet sponsor sponsors mods chat patrons viewers friends family home work city accountant agency
  agent airline boss builder caterer client clinic company council daycare editor electrician embassy florist
  garage gym hairdresser host hospital hotel lawyer library manager mechanic museum neighbour neighbours neighbor
  neighbors nursery office painter pharmacy photographer police post provider publisher reception restaurant salon
  school shop store studio team therapist university venue
`)

/** After these a word in lower case may be a name. */
export const LOWER_CUES = words(`
  ask call dm email facetime message nudge phone ping remind ring slack tell text thank whatsapp
`)
