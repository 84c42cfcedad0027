import { readPatterns } from '../english/patterns.ts'

/**
 * Which kind of task a title is about, by its verb and what is said behind it; the first line that fits counts. The verb
 * `*` stands for titles without a verb that is known here: their nouns decide.
 */
export const KINDS = readPatterns(`
# code
write,draft,outline,create ~media =script,story,storyboard,treatment,screenplay: script
write,build,create,add,implement,make ~digital =test,function,api,endpoint,component,parser,migration,script,query,feature,button,class,module,app,bot,plugin,integration: code
implement,code,program,develop,refactor,add,port,rewrite ~digital: code
implement,code,program,develop,refactor: code
fix,debug,solve,investigate,find,reproduce ~digital =bug,crash,error,leak,timeout,regression,issue,test,build,login,exception,failure: debug
debug,reproduce: debug
deploy,release =server,app,version,service,api: publish
review =pull,pr,code,merge,change,patch: review
test: test
# film, sound, pictures
write,draft,outline @media =script,story,storyboard,treatment,voiceover,narration,lines: script
write,draft =script,screenplay,storyboard: script
script: script
storyboard: sketch
film,shoot,capture: film
record =voiceover,voice,podcast,song,narration,audio,message,episode,track: record
record: film
make,create,produce @media =video,vlog,film,reel,short,trailer,teaser,documentary,tutorial,clip: film
cut =rough,version: cut
mix,master: sound
edit,cut,trim,colour,color @media: edit
edit =essay,text,article,chapter,thesis,report,letter,cv,document,post,draft: revise
edit: edit
design,draw,illustrate,paint =thumbnail,logo,poster,banner,icon,flyer,invitation,cover,card,website,page,app,screen,shirt,font,label: design
design,draw,illustrate,animate: design
sketch: sketch
make,create @media,digital =thumbnail,logo,poster,banner,flyer,cover,animation,graphic,icon: design
watch,listen,check @media: watch
publish,upload,release,launch,post @media,text,digital: publish
publish,upload,launch: publish
make,create,build,design,prepare =presentation,slides,deck,talk,speech,keynote: present
make,create,build,design,prepare +slides: present
give,hold,deliver =presentation,talk,speech,lecture: present
# words
outline: outline
revise,proofread,correct,rewrite,shorten,polish,improve,check @text,media,digital =essay,text,article,chapter,thesis,report,letter,cv,document,post,draft,page,profile,bio,description,slides: revise
revise =exam,test,maths,biology,physics,chemistry,history,vocabulary,french,german,spanish,english: learn
revise,proofread,correct,rewrite,shorten,polish: revise
write,draft,answer,send,compose =email,mail,message,letter,reply,invitation,complaint,invoice,note,card,thank-you,feedback: message
write,compose ^to: message
reply,respond,email,mail,message,text,invite,thank,apologise,apologize,remind,answer,notify: message
send =email,mail,message,invoice,invitation,newsletter,card,report,file,files,link,contract: message
send =parcel,package,box: errand
write,draft,compose,blog,describe,summarise,summarize,translate,note,journal,list: write
write: write
tell =everybody,everyone: message
read,skim,reread: read
learn,study,memorise,memorize: learn
revise,repeat: learn
# finding out and deciding
research,investigate,explore,google: research
find,search,figure +out: research
compare: compare
decide,choose,pick,select =between,on,whether,if,which,who,where,what,when,how,colour,color,name,title,date: decide
pick +up: fetch
decide,choose,select: decide
pick: decide
measure: research
find,look,search =flat,apartment,house,job,doctor,dentist,therapist,tutor,kindergarten,insurance,plumber,car,electrician,gym,room,babysitter,venue,place: hunt
look +up: research
look +into: research
find,look =information,sources,examples,facts,ideas,way: research
find,look,search: research
gather =papers,figures,documents,receipts: files
gather: research
plan,organise,organize =trip,holiday,vacation,weekend,journey,tour,travel,honeymoon: trip
plan,organise,organize,host,arrange,throw =party,birthday,wedding,barbecue,bbq,dinner,meetup,picnic,celebration,workshop,event,conference,concert,christmas,reunion,shower,brunch: event
plan,schedule,prioritise,prioritize,map: plan
# people
call,phone,ring: call
prepare =meeting,call,interview,review,workshop,agenda,standup,retrospective,one-on-one: meeting
prepare =exam,test,quiz: learn
prepare =breakfast,lunch,dinner,meal,food,meals: cook
write =agenda: meeting
hold,run,attend =meeting,review,interview,workshop,retrospective: meeting
talk,speak,discuss,ask,tell,meet,negotiate: talk
help,teach,support,tutor,explain,babysit: help
book,make,schedule,arrange,reschedule,confirm,get =appointment,dentist,doctor,vet,hairdresser,haircut,check-up,checkup,physio,optician,mechanic,viewing,therapist: appointment
book,reserve,rent =flight,flights,hotel,train,table,car,ticket,tickets,room,apartment,cabin,trip,holiday,seats,restaurant,campsite,ferry,bed,way,venue,place,court: reserve
book,reserve,rent: reserve
# money, papers, accounts
pay,settle,transfer,donate: pay
file,do,submit,finish,complete,prepare =tax,taxes,declaration,claim,return,expenses: papers
fill,complete,submit,hand,finish =form,application,survey,worksheet,questionnaire,registration: form
renew,extend,request,register,get,replace =passport,visa,permit,licence,license,id,insurance,registration,certificate: papers
fill: form
register,enrol,enroll: papers
sign,submit: form
renew,extend,claim,request: papers
apply: apply
update,improve =cv,resume,portfolio,profile,bio,website,page,readme: update
write,prepare =cv,resume,portfolio: write
cancel,terminate,unsubscribe,quit =subscription,membership,contract,account,gym,insurance,newsletter,plan,order: cancel
cancel,terminate,unsubscribe: cancel
make,set,create,do,review,update,check =budget,expenses,finances,accounts,bookkeeping,savings,accounting: budget
add +up: budget
calculate,track,budget: budget
sell: sell
buy,get,do,order =groceries,food,shopping,milk,bread,eggs,vegetables,fruit: groceries
buy,find,get,choose,make =present,gift: gift
buy,get,order,purchase =online: order
order: order
buy,purchase,get,replace: buy
wrap: gift
# files, devices
sort,clear,clean,empty,process,answer,do =inbox,mail,mails,email,emails: inbox
sort,organise,organize,clean,rename,archive,delete,tag,label,scan,back,copy,clear,file @digital,media,paper =files,photos,pictures,folder,footage,documents,receipts,papers,desktop,downloads,drive,disk,bookmarks,contacts,notes,clips,recordings,music: files
back: backup
backup: backup
copy =footage,photos,files: backup
update,upgrade,install,configure,connect,migrate,import,automate @device,digital: setup
set +up: setup
install,configure,connect,automate: setup
update,upgrade,migrate: setup
# at home
clean,wash,scrub,wipe =kitchen,stove,hob: clean-kitchen
clean,wash,scrub,wipe =bathroom,toilet,shower,bath,bathtub: clean-bathroom
clean,wash,wipe =window,windows,mirror: clean-windows
clean,wash,vacuum,wax =car,van: clean-car
clean,wash,do,scrub,rinse =dishes,dish,pots: dishes
wash,do,hang,fold,dry @laundry =laundry,washing,clothes,shirts,sheets,towels,jumper,wash: laundry
do +laundry: laundry
iron: iron
wash =up: dishes
clean +up ~digital: files
clean,wash,scrub,wipe,dust,vacuum,hoover,mop,sweep,polish,descale,defrost,disinfect: clean
clear =room,table,attic,garage: tidy
tidy,declutter,clear,organise,organize,sort,empty,unpack: tidy
bake: bake
make,bake =cake,cookies,bread,muffins,pie,biscuits,pizza: bake
cook,fry,grill,roast: cook
make @food: cook
mount,assemble,build,install,hang,construct ~house =first,rest: fix
assemble,build,hang,mount,install,construct,make,put ~house =shelf,shelves,wardrobe,bed,desk,table,bookcase,picture,pictures,curtains,lamp,fence,shed,treehouse,birdhouse: build
assemble,build,construct,mount: build
hang =pictures,picture,curtains,lamp,mirror: build
paint,wallpaper,varnish: paint
repair,fix,mend,patch,replace,unclog,service: fix
weed,mow,rake,prune,trim,dig: garden
plant,sow,repot: plant
water: water
walk =dog,dogs: walk
feed,groom,brush,walk,train @pet: pet
take =dog: walk
take =cat,rabbit,hamster: errand
fetch,collect: fetch
get =parcel,package,prescription,key,keys: fetch
go,drive ~place,institution: go
go,do,run,train,swim,jog,cycle =run,jog,gym,workout,yoga,squats,exercise,exercises,push-ups,stretching,pilates,lengths,marathon,5k,10k,swim,swimming,running: exercise
exercise,stretch,train,swim,jog,run,cycle,workout: exercise
practise,practice,rehearse: practise
pack: pack
meditate,sleep,relax,rest,nap,breathe: rest
start,stop,quit,keep,begin,stay =smoking,running,meditating,drinking,journaling,eating,exercising,reading,sleeping,vaping,scrolling,writing,stretching: habit
drink,eat,sleep: habit
move =house,flat,apartment,furniture,boxes,sofa,piano,wardrobe,desk: move
move,carry: move
return,bring,take,drop,deliver,post,exchange: errand
go,drive,visit: go
# without a verb: what the nouns say
* =taxes,tax,expenses: papers
* =dentist,doctor,optician,haircut,physio,check-up,checkup,appointment,vaccination: appointment
* =birthday,wedding,party,barbecue,christmas,anniversary,picnic: event
* =trip,holiday,vacation,weekend,honeymoon: trip
* =groceries,shopping: groceries
* =laundry,washing: laundry
* =dishes: dishes
* =inbox,emails,mails: inbox
* =presentation,slides,talk,speech,keynote: present
* =meeting,agenda,interview,retrospective: meeting
* =present,gift: gift
* =bill,rent,invoice,fine: pay
* =passport,visa,permit,licence: papers
* =application,form,survey: form
* =workout,gym,run,yoga,pilates: exercise
* =budget,bookkeeping,finances: budget
* =exam,vocabulary,homework: learn
* =essay,article,report,post,newsletter,thesis,chapter: write
* =vlog,video,trailer,film: edit
* =thumbnail,logo,poster,banner: design
* =bug,crash: debug
* =backup: backup
* =photos,files,receipts,paperwork: files
* =kitchen: clean-kitchen
* =bathroom: clean-bathroom
* =windows: clean-windows
* =garden,lawn: garden
* =dinner,lunch,breakfast: cook
* =suitcase,luggage: pack
* @person: call
* @digital,media,text: screen
* @house: tidy
`)
