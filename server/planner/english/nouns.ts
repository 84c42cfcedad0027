import { setOf, singularOf } from './words.ts'

/**
 * What common nouns stand for, as far as it says where and how something is done with them. A noun may be of several
 * classes; nouns in none of them say nothing.
 */
const MEMBERS = {
  // things that one keeps, cleans or repairs at home, and its rooms
  house: `apartment attic balcony basement bath bathroom bathtub bed bedroom bin blanket blind bookcase bookshelf bottle
    bowl boiler bulb bucket candle carpet ceiling cellar chair chore closet cooker cupboard curtain cushion cutlery desk
    dish dishes dishwasher door doorbell drawer dryer duvet fireplace flat floor freezer fridge furniture garage garden
    glasses gutter hall hallway heater heating home house hob iron kettle key kitchen lamp lawn lightbulb living-room lock
    machine mattress microwave mirror mop mug nursery oven pan pantry patio pillow pipe plate plug pot radiator roof rubbish
    rug sheet shelf shower sink sofa stair stove switch table tap terrace thermostat tile toaster toilet towel toy trash
    tub wall wardrobe window wardrobe worktop counter couch armchair sofa cabinet mantelpiece hoover vacuum recycling
    compost tyre bike bicycle shed fence suitcase luggage backpack rucksack toolbox smoke-alarm alarm-clock`,
  laundry: `laundry clothes washing shirt sock trousers coat jacket jumper sweater dress underwear shoe boot blouse
    linen uniform skirt jeans pyjamas towel curtain`,
  food: `bread milk egg butter cheese fruit apple banana vegetable carrot potato tomato onion salad soup sauce pasta rice
    noodle pizza dough cake cookie biscuit pie breakfast lunch dinner supper meal snack oats porridge meat chicken fish
    coffee tea juice water curry stew bean flour sugar sandwich groceries ingredient spice recipe leftovers dessert
    smoothie lasagne lasagna pancake muffin bbq barbecue`,
  plant: `plant flower tulip seed bulbs herb tree hedge weed leaves bush rose seedling grass lawn leaf basil vegetable-patch
    flowerbed compost`,
  pet: `dog cat hamster rabbit guinea-pig fish bird puppy kitten parrot horse pet tortoise`,
  person: `mum mom mother dad father parent grandma grandpa grandmother grandfather sister brother son daughter wife husband
    partner boyfriend girlfriend aunt uncle cousin kid child friend neighbour neighbor landlord tenant flatmate roommate
    teacher tutor professor student pupil coach trainer physio doctor dentist vet nurse therapist midwife lawyer solicitor
    accountant advisor adviser agent broker plumber electrician carpenter builder mechanic painter gardener cleaner
    caretaker boss manager colleague coworker team teammate client customer supplier vendor contractor designer developer
    engineer editor author reviewer sponsor host guest visitor interviewee recruiter candidate applicant support crew
    secretary assistant director staff intern hr committee everyone everybody someone somebody family crowd audience viewer subscriber
    babysitter nanny hairdresser barber courier driver reporter journalist mrs mr ms dr`,
  institution: `bank insurance insurer clinic surgery practice hospital pharmacy office authority council airline hotel
    school kindergarten nursery university college court embassy consulate company agency landlord provider utility gym
    restaurant garage workshop store shop hotline helpdesk reception library museum theatre`,
  place: `shop store supermarket market pharmacy chemist bakery butcher mall library post-office bank town-hall townhall
    hospital clinic surgery practice vet dentist doctor hairdresser barber salon school kindergarten university campus gym
    pool stadium park forest beach lake harbour harbor river mountain museum gallery theatre theater cinema church
    restaurant cafe café bar pub hotel hostel airport station terminal platform embassy consulate town centre center
    city downtown village street square garage workshop depot dump recycling-centre playground zoo studio location venue
    court field farm market-hall letterbox postbox counter kiosk atm embassy gas-station petrol-station stop port festival
    coast trail summit bridge castle tower site block neighbourhood neighborhood outdoors`,
  office: `office reception conference workplace workshop colleague coworker lobby canteen meeting-room boardroom badge whiteboard
    flipchart stand-up standup photocopier copier printer projector noticeboard cubicle marketing sales hr desk visitor department`,
  text: `agenda answer application article bio blog book bookmark brief bullet caption card chapter changelog column comment
    conclusion contract copy cv description diary document draft email mail entry essay exercise feedback flashcard form
    guide handbook homework hook idea instruction interview introduction invitation invoice job-advert journal
    keyword letter lesson line list lyrics magazine manual memo message minutes newsletter note notes novel offer outline page
    paper paragraph passage plan poem policy portfolio post presentation press-release proposal question quote quotation
    reading readme recipe reference reminder reply report research resume review script sentence sheet slide speech
    statement story storyboard subtitle summary survey syllabus tagline term text thesis title transcript
    translation tweet verse vocabulary word worksheet reflection leaflet advert ad key points point receipt bill quiz exam
    test cheatsheet testimonial guideline specification spec documentation docs abstract section appendix`,
  plan: `agenda list plan checklist schedule timetable calendar rota roadmap shopping-list packing-list seating-plan budget
    outline itinerary backlog priority priorities order sequence shift duty timeline storyboard mindmap menu points`,
  digital: `account address-book album analytics api app archive attachment backup board bookmark branch browser bug build
    button calendar campaign cart channel clip cloud code comment commit computer configuration config console container contact
    cookie crash dashboard data database dataset deadline deployment desktop disk docs document domain download drive dump
    email error event export feature feed file filter flag folder font footage form function gif hashtag icon image inbox
    index invoice issue keyboard keyframe key-value laptop layer library-card licence license link linter list log login logo mail
    map menu message metric migration mockup module newsletter newsletter notebook notification outline output
    package page parameter parser password patch pdf photo picture pipeline plan playlist plugin podcast portal post
    prototype profile project prompt query queue readme record regex release render repo repository request result
    route schema screen screenshot script search security server service setting shortcut site sketch slide snapshot
    software source spreadsheet staging stats suite subscription subtitle survey tab tag template terminal test theme thread
    ticket timeline timesheet title token tool trace track tracker transcript tutorial update url user variable version
    website webpage wifi wiki workflow wireframe zip backlog bug-report unit-test invoice username profile-picture bot
    newsletter ad banner landing-page seo metadata timeout option`,
  media: `video vlog film clip footage scene shot take cut intro outro trailer teaser reel short episode podcast voiceover
    narration voice sound audio music song track soundtrack thumbnail subtitle caption b-roll broll interview opening ending
    transition title-card end-card montage timelapse stream livestream recording photo picture image storyboard channel
    animation logo banner poster drone raw-footage rough-cut colours contrast`,
  gear: `camera lens tripod microphone mic battery batteries light ring-light sd card drone gimbal headphones cable charger
    power-bank softbox backdrop memory-card prop studio-light speaker stand`,
  device: `phone smartphone tablet laptop computer router modem printer scanner tv television monitor watch console speaker
    headset alarm timer keyboard mouse camera wifi bluetooth`,
  paper: `receipt letter contract certificate document slip folder binder form statement bill invoice envelope ticket
    passport visa licence license card paper file mail post tax taxes return policy worksheet notebook badge photo
    expense expenses paperwork declaration deed warranty`,
  money: `bill rent invoice fee fine tax taxes loan mortgage deposit premium subscription donation salary wage debt insurance
    money euro pound dollar budget expense savings instalment installment`,
  body: `back neck shoulder leg arm hand foot eye squat push-up pushup plank lunge sit-up situp burpee yoga pilates stretch
    exercise workout jog run walk rep set workout warm-up cooldown muscle breath posture`,
  vehicle: `bus train tram plane flight ferry car taxi bike bicycle metro subway underground boat seat lift scooter`,
} as const

export type NounClass = keyof typeof MEMBERS

const CLASSES = new Map<string, NounClass[]>()
for (const [name, members] of Object.entries(MEMBERS)) {
  for (const member of setOf(members)) {
    for (const form of new Set([member, singularOf(member)]))
      CLASSES.set(form, [...(CLASSES.get(form) ?? []), name as NounClass])
  }
}

const NONE: readonly NounClass[] = []

/** The classes of a noun in lower case, singular or plural; none when the word is unknown or not a noun. */
export function classesOf(word: string): readonly NounClass[] {
  return CLASSES.get(word) ?? CLASSES.get(singularOf(word)) ?? NONE
}

/** Whether a word in lower case, or it and the one before it joined by a hyphen, is of a class. */
export function isOf(noun: NounClass, word: string, before?: string): boolean {
  return classesOf(word).includes(noun) || (before !== undefined && classesOf(`${before}-${word}`).includes(noun))
}
