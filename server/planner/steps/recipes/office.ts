/** How things with other people, offices, money and dates are done. See `recipe.ts` for the form. */
export const OFFICE = `
call: it is noted what {the} said
ask: What do you want to know or to agree when you call {the}?
2 d phone  | Find the number of {the} | the number is on the screen | search
3 h list   | Write down the two things to say to {the} | two lines stand
2 h pencil | Write down the first sentence for {the} | the first sentence stands
5 h phone  | Call {the} | somebody has answered, or there is a message
2 h pencil | Note the answer of {the} | {result}

talk: {the} {has} heard it, and the answer is noted
ask: What should be different after you talked to {the}?
2 h question | Write down what you want from {the} in one line | one line stands
3 h list   | Note one example to show {the} what you mean | one example stands
2 d calendar | Propose a time to {the} | a time is proposed | send
5 h people | Say your one line to {the} | it is said
3 h pencil | Write down what {the} answered | {result}

meeting: {full} {has} an agenda that everybody has seen
ask: What must be decided in {the}?
3 d question | Write down what should be decided in {full} | one line stands
4 d list   | List the topics of {the} | each topic has a line | draft
2 d clock  | Set the minutes for each topic of {the} | the minutes add up
4 d folder | Open the papers for {the} | every paper is open
3 d pencil | Note your own point for {the} | your point stands
2 d send   | Send the agenda of {the} | {result} | send

appointment: {full} {is} in the calendar
ask: Which days would suit you for {the}?
2 d calendar | Look up three free times for {full} | three times are noted
2 d phone  | Find the number or booking page for {the} | it is on the screen | search
2 h card   | Lay out the card or number that they ask for with {the} | it lies in front of you
5 d phone  | Ask for one of the three times for {the} | a time is agreed
2 d calendar | Enter {the} in the calendar with a reminder | {result} | remind

reserve: {full} {is} booked, and the confirmation is saved
ask: Which dates, how many people, how much may {the} cost?
3 d pencil | Note dates, number of people, budget for {the} | three facts stand
5 d search | Search for {full} | a page with offers is open | search
4 d list   | Write down the two best offers for {the} | two offers stand side by side
2 d check  | Choose the offer for {the} | one offer is left
5 d form   | Fill in names, dates for {the} | the form is full
3 d money  | Pay for {the} | the payment went through
2 d save   | Save the confirmation of {the} | {result} | remind

buy: {full} {is} yours
ask: How much may {the} cost, when do you need {it}?
2 h eye    | Look what you still have instead of {the} | it is clear what is missing
2 d list   | Write down what {the} must be like: size, number, price | one line stands
4 d search | Look up where to get {the} | one shop is chosen | search
2 h bag    | Put bag or wallet for {the} by the door | it lies by the door
5 h cart   | Get {the} into the basket | {the} {is} in the basket
3 h money  | Pay for {the} | {result}

order: {full} {is} ordered, with a day of delivery
ask: How much may {the} cost, by when must {it} arrive?
2 d list   | Write down what {the} must have | one line stands
4 d search | Search for {the} in two shops | two prices are known | search
3 d eye    | Read the worst review of {the} | you know the weakness
3 d cart   | Put {the} into the basket | {the} {is} in the basket
4 d money  | Pay for {the} | the payment went through
2 d save   | Save the confirmation for {the} | {result} | remind

groceries: {full}: everything on the list is at home
ask: For how many days should {the} last?
3 h eye    | Look into the fridge before you get {the} | it is clear what is missing
5 h list   | Write the list for {the} | the list stands
2 h list   | Sort the list of {the} by shelf | the list follows the way through the shop
2 h bag    | Put two bags for {the} by the door | the bags lie by the door
5 h cart   | Get the first half of {the} into the trolley | half of the list is ticked
5 h cart   | Get the other half of {the} into the trolley | the whole list is ticked
4 h box    | Put {the} away at home | {result}

pay: {full} {is} paid, and the receipt is filed
ask: Until when must {the} be paid?
2 h search | Get out {full} | {the} {is} in front of you
2 d eye    | Check the sum of {the} | the sum is right
3 d key    | Log in to pay {the} | you are logged in
3 d form   | Enter account, sum, reference of {the} | three fields are full | template
2 d money  | Release the payment of {the} | the payment is on its way
2 d folder | File the receipt for {the} | {result}

papers: {full} {is} handed in, and the receipt is saved
parts: files Gather the papers for {the} 40; form Fill in the form for {the} 60; revise Check the form for {the} line by line 20
ask: Which papers are asked for with {the}, by when?
3 d search | Find the right form for {full} | the form is open | search
4 h folder | Lay out every paper that belongs to {the} | the papers lie in a pile
4 d form   | Fill in name, address, numbers for {the} | the first page is full | template
5 d form   | Fill in the first section for {the} that takes thought | one section is full
5 d form   | Fill in the next section for {the} | another section is full
4 d eye    | Read the form for {the} once from the top | nothing is missing
2 d send   | Hand in everything for {the} | {result} | send

form: {full} {is} handed in, and the receipt is saved
parts: files Gather the papers for {the} 40; form Fill in {the} 60; revise Check {the} line by line 20
ask: Which papers are asked for with {the}, by when?
3 d folder | Open {full} | {the} {is} open
4 h folder | Lay out the papers that {the} {does} ask for | the papers lie in a pile
4 d form   | Fill in name, address, numbers in {the} | the first page is full | template
5 d form   | Fill in the first section of {the} that takes thought | one section is full
5 d form   | Fill in the next section of {the} | another section is full
4 d eye    | Read {the} once from the top | nothing is missing
2 d send   | Hand in {the} | {result} | send

apply: {full}: the application has gone out
parts: research Find out what {the} {does} ask for 30; write Write the letter for {the} 60; form Fill in the form for {the} 30
ask: Until when can you apply for {the}?
4 d eye    | Read what {full} {does} ask for | three demands are marked
3 d list   | Note what you have to show for each demand of {the} | each demand has an answer | draft
5 d pencil | Write the first paragraph for {the} | one paragraph stands | draft
5 d pencil | Write why you fit {the} | a second paragraph stands | draft
4 d folder | Put the papers for {the} into one folder | nothing is missing
3 d check  | Check name, date, spelling for {the} | nothing is wrong | check
2 d send   | Send off everything for {the} | {result} | send

cancel: {full} {is} cancelled, and that is confirmed
ask: When does {the} end at the earliest?
3 d search | Find contract or account of {full} | number, term are known | search
2 d eye    | Look up the notice period of {the} | the last day is known
4 d pencil | Write three lines to cancel {the} | three lines stand | draft
2 d send   | Send the notice for {the} | the notice is sent | send
2 d calendar | Set a reminder for the confirmation of {the} | the reminder is set | remind
2 d folder | File the confirmation for {the} | {result}

sell: {full} {is} sold
ask: What is the least that you would take for {the}?
3 h broom  | Wipe {the} clean for the pictures | {the} {does} look tidy
4 h camera | Take four pictures of {the} by a window | four pictures are there
4 d search | Look up what others ask for things like {the} | a price is chosen | search
5 d pencil | Write three sentences about {the} | three sentences stand | draft
3 d send   | Put the advert for {the} online | the advert is online | send
3 d mail   | Answer the first question about {the} | somebody has an answer | draft
4 h box    | Hand {the} over to the buyer | {result}

event: {full} {has} a day, a place, guests who know
parts: plan Plan date, place, budget of {the} 40; message Invite the guests of {the} 30; groceries Get food for {the} 60; tidy Get the room ready for {the} 40
ask: How many people come to {the}, what may {it} cost?
3 h flag   | Write down what must not be missing at {full} | three things stand
3 d calendar | Choose two possible days for {the} | two days stand
4 d list   | List the guests of {the} | every guest has a line
3 d search | Find two places for {the} | two places stand | search
5 d mail   | Write the invitation to {the} | the invitation stands | draft
4 d list   | List food, drinks for {the} | the list stands | draft
3 d send   | Send the invitation to {the} | {result} | send

trip: {full} {has} dates, a bed, a way there
parts: research Find out what {the} {does} need 40; reserve Book the way to {the} 30; reserve Book a bed for {the} 40; pack Pack for {the} 40
ask: Who comes along on {the}, what may {it} cost?
2 d calendar | Mark the days of {the} in the calendar | the days are marked
4 d search | Look up two ways to travel for {full} | two ways are known | search
5 d search | Look for three places to sleep on {the} | three places stand | search
3 d check  | Choose how to travel on {the} | one way is left
3 d card   | Check which papers {the} {does} need | the papers are valid
5 d list   | List three things to do on {the} | three things stand
4 d calendar | Enter what to book for {the} with a day | {result} | remind

errand: {the} {is} handed over, and you are back
ask: When can {the} be handed over?
2 h box    | Lay {the} by the door | {the} {does} lie by the door
2 d search | Look up when somebody is there for {the} | the hours are known | search
2 h card   | Put the papers for {the} into the bag | nothing is missing
2 d map    | Look up the way with {the} | the way is known | search
5 h walk   | Set off with {the} | you are on the way
4 h people | Hand {the} over | {the} {is} out of your hands
2 h folder | Keep the receipt for {the} | {result}

fetch: {full} {is} at home
ask: Until when can you get {the}, what must you show?
2 d search | Look up until when you can get {the} | the hours are known | search
2 h card   | Put the slip for {the} into the bag | the slip is in the bag
2 d map    | Look up the way to get {the} | the way is known | search
5 h walk   | Set off for {the} | you are on the way
3 h people | Ask for {the} | {the} {is} in your hands
2 h eye    | Check {the} before you leave | nothing is wrong
3 h home   | Put {the} in place at home | {result}

go: {full}: it is done, and you are back
ask: When are they open, what must you take along for {the}?
2 d search | Look up the opening hours of {the} | the hours are known | search
2 h card   | Put what you need for {the} into the bag | nothing is missing
2 d map    | Look up the way to {the} | the way is known | search
5 h walk   | Set off for {the} | you are on the way
5 h people | Say what you came to {the} for | it is settled
2 h pencil | Note what came out of {the} | {result}

gift: {full} {is} wrapped and ready
ask: What may {the} cost, when must {it} be there?
3 h spark  | Write down three things that would please, for {the} | three ideas stand
4 d search | Look up a shop for the best idea for {the} | one idea can be had | search
5 d cart   | Get {the} | {the} {is} bought
3 h pencil | Write the card for {the} | the card is written
5 h gift   | Wrap {the} | {result}

help: {the} can go on without you
ask: What is the one thing that {the} needs from you?
2 h question | Ask {the} what is hardest right now | the hardest thing is named
3 h calendar | Agree with {the} how long you have | an end is agreed
5 h people | Do the first bit together with {the} | the first bit is done
5 h eye    | Watch while {the} tries the next bit | the next bit is done
3 h check  | Agree with {the} what comes next | {result}
`
