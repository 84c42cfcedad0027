/** How things at home, in the garden, with body, food and animals are done. See `recipe.ts` for the form. */
export const HOME = `
clean: {full} {is} clean
ask: How clean must {the} be, who will see {it}?
2 h bucket | Put cloth, bucket, cleaner next to {the} | all three stand there
4 h box    | Clear everything off {the} | {the} {is} empty
3 h broom  | Sweep dust off {the} | no dust is left
5 h bucket | Wipe {the} from top to bottom | {the} {is} wiped
4 h sparkle | Scrub the worst spot of {the} | the spot is gone
2 h eye    | Look over {the} once more in good light | {result}

clean-kitchen: {full} {is} clean, and the worktop is bare
ask: Should {the} be tidy or deep-clean, fridge included?
4 h plate  | Put dirty dishes from {the} into the sink | no dish stands around
3 h box    | Clear the worktop of {the} | the worktop is bare
5 h bucket | Wash the dishes of {the} | the dishes are in the rack
3 h bucket | Wipe the worktop of {the} | the worktop is dry
3 h sparkle | Scrub the sink of {the} | the sink shines
5 h broom  | Sweep the floor of {the} | no crumb is left
2 h bin    | Take the rubbish out of {the} | {result}

clean-bathroom: {full} {is} clean and smells fresh
ask: Should shower, tiles of {the} be done as well?
2 h bottle | Spray cleaner into toilet, basin of {the} | the cleaner is working in
3 h box    | Clear bottles off every surface in {the} | the surfaces are bare
4 h bucket | Wipe mirror, basin of {the} | mirror, basin shine
4 h sparkle | Scrub the toilet of {the} | the toilet is clean
5 h bucket | Rinse the shower of {the} | no hair, no foam is left
5 h broom  | Wipe the floor of {the} | {result}

clean-windows: one can look through {full} without a streak
ask: Inside only, or both sides of {the}?
3 h box    | Clear the sill of {the} | the sill is bare
2 h bucket | Fill a bucket with warm water for {the} | the bucket stands ready
5 h bucket | Wipe the frame of {the} | the frame is clean
5 h sparkle | Wash the glass of {the} | the glass is wet all over
3 h sparkle | Pull the water off {the} | no drop runs
2 h eye    | Look at {the} from the side | {result}

clean-car: {full} {is} clean inside and out
ask: Should {the} be clean inside, outside or both?
3 h bin    | Collect the rubbish in {the} | the bag is tied
4 h broom  | Shake out the mats of {the} | the mats lie outside
5 h broom  | Vacuum the seats of {the} | the seats are free of crumbs
4 h bucket | Wipe the dashboard of {the} | the dashboard is free of dust
5 h bucket | Wash the roof, the doors of {the} | the dirt is off
3 h sparkle | Wipe the windows of {the} | {result}

tidy: everything in {full} {has} its place
parts: tidy Tidy the floor of {the} 20; tidy Tidy the surfaces of {the} 30; tidy Tidy the drawers of {the} 40
ask: What should {the} be used for afterwards?
2 h clock  | Set a timer for {the}: fifteen minutes | the timer runs
3 h bin    | Collect the rubbish from {the} in a bag | the bag is tied
4 h box    | Put everything from {the} that belongs elsewhere into a box | the box is packed
5 h folder | Put ten things in {the} where they belong | ten things have their place
3 h box    | Carry the box from {the} round to the right rooms | the box is empty
2 h bin    | Take the rubbish of {the} out | {result}

laundry: {full} {is} dry and in the cupboard
ask: Which parts of {the} are needed first?
3 h laundry | Sort {the} by colour | two piles lie there
3 h laundry | Load the first pile of {the} into the machine | the machine is full
2 h gear   | Start the machine with {the} | the machine runs
5 h laundry | Hang up {the} | every piece hangs
5 h laundry | Fold {the} once dry | the pile is folded
3 h box    | Put {the} into the cupboard | {result}

iron: {full} {is} ironed and hangs up
ask: Which pieces of {the} are needed first?
2 h gear   | Set up the board for {the} | the board stands
2 h laundry | Sort {the} by heat | the delicate pieces lie on top
4 h laundry | Iron the first piece of {the} | one piece hangs
5 h laundry | Iron the next two pieces of {the} | three pieces hang
5 h laundry | Iron what is left of {the} | the basket is empty
2 h box    | Hang {the} in the wardrobe | {result}

dishes: {full}: the rack is full, the sink empty
2 h plate  | Scrape {the} into the bin | nothing sticks to the plates
2 h bucket | Fill the sink with hot water for {the} | the sink is full
4 h sparkle | Wash the glasses of {the} | the glasses stand in the rack
5 h sparkle | Wash the plates of {the} | the plates stand in the rack
4 h sparkle | Scrub the pans of {the} | the pans are clean
2 h broom  | Wipe the sink after {the} | {result}

cook: {full} {is} on the table
ask: For how many people {is} {the}, by when?
2 h book   | Open the recipe for {the} | the recipe is in sight
3 h box    | Lay out everything for {the} | nothing is missing
5 h knife  | Chop what {the} {does} need | everything is in pieces
4 h pot    | Put on the pan or pot for {the} | it is hot
5 h pot    | Cook the first part of {the} | it smells right
3 h spoon  | Taste {the} | salt, spice are right
3 h plate  | Put {the} on plates | {result}

bake: {full} {is} out of the oven and cools
ask: For how many people {is} {the}, by when?
2 h book   | Open the recipe for {the} | the recipe is in sight
2 h gear   | Preheat the oven for {the} | the oven is heating
4 h scales | Weigh flour, sugar for {the} | the bowls are full
5 h spoon  | Mix the dough of {the} | the dough is smooth
3 h pot    | Fill the tin for {the} | the tin is full
2 h clock  | Put {the} into the oven with a timer | the timer runs
3 h check  | Prick {the} with a stick | {result}

fix: {full} {does} work again
parts: research Find out what is wrong with {the} 30; order Order the part for {the} 20; fix Repair {the} 60
ask: What happens exactly with {the}, since when?
3 h eye    | Look closely at {full} | the broken place is known
2 h camera | Take a picture of {the} before you touch anything | the picture is there
4 d search | Look up how others repaired something like {the} | one way is chosen | search
4 h tool   | Lay out the tools for {the} | every tool lies there
3 h tool   | Loosen what is in the way on {the} | the broken place can be reached
5 h tool   | Mend the broken place of {the} | it holds
3 h check  | Try {the} twice | {result}

build: {full} {does} stand and {does} hold
parts: research Measure for {the} 20; fix Mount the first half of {the} 60; fix Mount the rest of {the} 60
ask: Where should {the} stand, how much must {it} carry?
3 h book   | Open the instructions for {the} | the first page lies open
4 h box    | Lay out the parts of {the} | every part is counted
3 h tool   | Get the tools for {the} | every tool lies there
3 h pencil | Mark the place for {the} | two marks are level
5 h tool   | Join the first two parts of {the} | they hold
5 h tool   | Add the next part of {the} | it is level
4 h check  | Shake {the} | {result}

paint: {full}: the new colour is on, and it is dry
parts: tidy Clear {the} for painting 30; paint Paint {the} for the first time 90; paint Paint {the} for the second time 60
ask: Which colour should {the} get?
4 h box    | Move furniture away from {the} | the way is free
4 h bucket | Wipe {the} free of dust | {the} {is} clean
5 h tape   | Tape the edges of {the} | the edges are taped
3 h box    | Cover the floor below {the} | the floor is covered
5 h palette | Paint the corners of {the} | the corners are covered
5 h palette | Roll the first square metre of {the} | {the} {has} a square metre of colour
3 h eye    | Look for thin places on {the} | {result}

garden: {full}: the beds look looked after
ask: What should {the} look like in summer?
2 h glove  | Get gloves, tools for {the} | they lie outside
3 h eye    | Walk round {the} once | the worst corner is known
5 h plant  | Pull the weeds in the worst corner of {the} | the corner is free
5 h scissors | Cut back one bush of {the} | one bush has its shape
4 h water  | Water the dry places of {the} | the soil is dark
3 h bin    | Carry the cuttings of {the} to the compost | {result}

plant: {full} {is} in the ground and watered
ask: How much sun {does} {the} need?
3 h eye    | Choose a place with the right light for {the} | the place is marked
5 h tool   | Dig a hole for {the} | the hole is deep enough
2 h box    | Loosen the roots of {the} | the roots hang free
4 h plant  | Set {the} into the hole | {the} {does} stand upright
2 h tool   | Press the soil around {the} | {the} {does} not wobble
3 h water  | Water {the} | {result}

water: {full}: the soil is moist
2 h water  | Fill the can for {the} | the can is full
2 h eye    | Feel the soil of {the} with a finger | it is clear which are dry
4 h water  | Water {the}, the driest first | no soil is dry
3 h scissors | Pick dead leaves off {the} | no dead leaf is left
2 h broom  | Wipe up the water around {the} | {result}

pet: {full} {is} looked after
ask: Who else knows {the}, what does the vet say?
2 h box    | Get out what {the} {does} need | it lies ready
4 h paw    | Give {the} food or fresh water | the bowl is full
5 h paw    | Spend five minutes with {the} | the five minutes are over
3 h broom  | Clean the place of {the} | the place is clean
2 h eye    | Look whether {the} {is} well | {result}

walk: {full} {is} over, and everybody is home
2 h shoe   | Put on shoes for {the} | the shoes are on
2 h key    | Take key, lead, bag for {the} | all is in the pocket
5 h walk   | Walk to the first corner on {the} | the first corner is reached
5 h walk   | Go on for five minutes with {the} | five minutes are over
5 h walk   | Turn back towards home on {the} | home is in sight
2 h box    | Hang up what you took on {the} | {result}

exercise: {full} {is} done, and you have had some water
ask: How long should {the} be, does anything hurt?
2 h shoe   | Put on the clothes for {the} | the clothes are on
2 h water  | Fill a bottle for {the} | the bottle is full
3 h run    | Warm up for {the} | you feel warm
5 h run    | Do the first five minutes of {the} | five minutes are over
5 h run    | Do the next five minutes of {the} | ten minutes are over
3 h stretch | Stretch after {the} | breath is calm
2 h pencil | Note how {the} went | {result}

practise: {full} {does} go once without stopping
ask: Which place of {the} is hardest?
2 h box    | Set out what you need for {the} | everything is at hand
3 h music  | Go through {the} once slowly | the hard place is known
5 h music  | Repeat the hardest place of {the} slowly | the place goes slowly
5 h music  | Repeat the hardest place of {the} at half speed | the place goes at half speed
3 h ear    | Record {the} once with the phone | the recording is there
3 h check  | Go through {the} without stopping | {result}

pack: the bag for {full} is packed and by the door
ask: For how many days, for which weather {is} {the}?
3 h list   | Write the list for {the} | the list stands
2 h bag    | Fetch bag or box for {the} | it lies open
5 h laundry | Lay out the clothes for {the} | a pile for each day lies there
3 h key    | Lay papers, keys, charger for {the} on the pile | the small things lie together
5 h bag    | Put everything for {the} into the bag | the bag closes
2 h check  | Check the list of {the} once more | {result}

move: {full}: everything stands in its new place
parts: pack Pack the first boxes for {the} 60; message Tell everybody about {the} 30; clean Clean up after {the} 60
ask: When must {the} be over, who helps?
3 h list   | List what {the} is about, largest first | every large thing has a line
3 h eye    | Measure the largest thing of {the} | the measure is noted
4 h mail   | Ask one person to help with {the} | somebody is asked
4 h box    | Clear the way for {the} | the way is free
5 h box    | Carry the first load of {the} | the first load is there
5 h box    | Carry the next load of {the} | {result}

rest: {full} {is} over, and the phone stayed away
2 h mute   | Put the phone in another room before {the} | the phone is out of reach
2 h clock  | Set a gentle timer for {the} | the timer runs
2 h home   | Sit or lie down for {the} | you sit or lie
5 h breath | Breathe slowly through {the} | the timer has rung
2 h water  | Drink some water after {the} | {result}

habit: {full}: today counts, and tomorrow has its cue
ask: After which daily thing could {the} come?
2 h question | Write down why {full} matters to you | one sentence stands
3 h list   | Choose the smallest form of {the} | it takes two minutes at most
2 h clock  | Tie {the} to something that you do every day | the cue is written down
5 h run    | Do the smallest form of {the} now | it is done once
2 h calendar | Mark {the} for today | {result}
`
