/**
 * What verbs mean for the four facets whose tags are chosen, sense by sense; the first sense that fits counts. A line is
 * `verbs conditions: tags`. Conditions: `+up` the verb's particle, `^to` the word right behind it, `@food,plant` a class of its object, `~place` a class
 * of any noun, `=online,app` any of these words; all must hold. Shorthands: `desk` is silent and stationary, `feet` silent
 * and move, `chore` silent, move and home, `still` silent and home, `out` travel and place, `ask` communication and
 * clarification; `quiet` is silent and stationary unless it is about the home or about who, `errand` is travel and place
 * from ten minutes on, `at-office` is office where an office is named.
 */
export const SENSES = `
# words on a screen or paper
write ^to: communication write stationary
write,jot,note +down =stopped,where,left: silent save-progress write
write,jot,note,put +down: desk write
write,draft,type,compose @plan: desk write organize
write,draft,type,compose,note,rewrite,rephrase,reword,shorten,jot,describe,word,script,journal,blog,quote: desk write
outline: desk organize write
list,enumerate,collect,gather =ideas,questions,points,names,words,reasons,topics: desk organize write
list,enumerate,itemise,itemize: desk organize write
summarise,summarize,translate,transcribe,paraphrase,annotate,answer @text: desk write
summarise,summarize,translate,transcribe,paraphrase,caption,subtitle: desk write
fill ~house: chore prepare
fill: desk write
name,title,caption: desk write
mend,fix,repair,correct =places,passage,mistake,mistakes,paragraph,sentence: desk write
add +up: desk verify
add,insert: desk write
log ^in: desk configuration
enter =calendar: desk organize write
enter,log,record,track @money,digital,plan,text =spreadsheet,sheet,table,expenses,hours,log: desk organize write
enter,key: desk write
sign +up: desk write
sign @text,paper: silent verify write
register,enrol,enroll,apply,rsvp: desk write
solve,calculate,compute: desk write
complete,finish @text: desk write
answer ~person: communication write stationary
answer @text: desk write
answer: communication
circle,star,tick =best,favourite: desk decision
flag,star,tick,circle: desk organize
strike,cross: desk write
underline,highlight,mark: desk read
# talking to people
reply,respond,email,mail,text,message,dm,comment,write,apologise,apologize,congratulate ~person =back,to: communication write stationary
reply,respond,email,mail,message,dm,comment: communication write stationary
cancel,unsubscribe =online: desk configuration
cancel,terminate: communication write stationary
call,phone,ring,telephone,dial =reference,references: ask verify
call,phone,ring,telephone,dial =for,whether,ask,when,why,if,result,results: ask
call,phone,ring,telephone,dial,text,facetime,skype: communication
ask,question =support,author,forum,chat,online,helpdesk: ask write stationary
ask,question =to: communication
ask,question: ask
inquire,enquire,clarify: ask
request: ask write stationary
find +out =from,means,mean,client,customer: ask
check,confirm,verify =with: ask
get @text,paper =from: ask
get,obtain =address,number,opinion,permission,approval,answer,ok,quote: ask
greet,welcome,meet =reception,lobby: communication move office
tell,inform,notify,warn,remind,let,thank,congratulate,greet,welcome,introduce,apologise: communication
explain,announce,report,tell ~digital: communication write stationary
explain,announce,report,present,pitch,share,show,demonstrate,discuss: communication
discuss,negotiate: collaboration
agree =on,date,with: communication decision organize
make,arrange,book,schedule,confirm,reschedule @appointment: communication organize
make,arrange,book,get =appointment,appointments: communication organize
meet,interview,visit,attend,see ~place,person: communication travel place
attend,join =school,evening,event: communication out
attend,join,meet: communication
invite: communication organize stationary
delegate,assign: communication organize
give =feedback: communication verify write stationary
give,hand,lend,return ~person: communication transfer move
hand +in: communication transfer move place
hand +over: communication transfer
give,lend,hand: communication transfer move
send,forward,submit,share,deliver,email ~person: communication transfer stationary
send,forward,submit,share,publish @text,media: communication transfer stationary
send,forward,submit,transmit: desk transfer
review,approve @digital,text =from,of: communication verify read stationary
review,approve,evaluate =pull,pr: communication verify read stationary
let =in: communication home
# together
brainstorm ~person,office: collaboration create office
brainstorm: desk create
pair,cooperate,collaborate,team: collaboration create
quiz,test =other,each: collaboration verify
help ~person =homework,essay,exercise,exercises: collaboration read write home
help,assist,support: collaboration
play =piano,guitar,violin,drums,flute,song: home
play: collaboration home
say =aloud,out,loud: prepare
say,speak: communication
propose,suggest,offer: communication decision
# choosing
choose,pick,select,decide,settle,shortlist =who,date,day,time,shift,when,budget: decision organize
choose,pick,select,decide =meals,menu,order,recipes: silent decision organize
choose,decide,settle,pick,select ~house =colour,color,wallpaper: decision home
choose,decide,select,pick =between,whether,plan,tariff: decision research quiet
pick +up: out transfer
choose,pick,select,decide,settle =takes,take,best: desk decision verify
choose,pick,select,decide,settle,shortlist @digital,media,text: desk decision
choose,pick,select,decide,settle,make +mind: decision quiet
choose,pick,select,settle,shortlist,decide,prioritise,prioritize: decision quiet
rank,prioritise,prioritize: desk decision organize
compare =offers,offer,quotes,quotations,candidates: desk decision research read
compare: desk research read
weigh =options,pros: desk decision
weigh @house,food: silent verify move home
work +out: decision organize quiet
work +through: desk verify
# looking and finding
look +up: desk research read
look +for ~house: silent organize move home
look,search,hunt +for @house,gear: silent organize move home
look,search,google,browse: desk research read
find =keys,key,wallet,glasses,calculator,charger,remote,bag: silent organize move home
find,locate @paper =policy,number,folder,drawer: silent research read home
find @place,location: desk research
find,locate,research,explore,investigate,study =sources,source,idea,ideas,example,examples,recipe,tutorial: desk research
find,locate,research,explore,investigate,learn +out: desk research read
find,locate,research,explore,investigate,google: desk research
scout,explore,visit ~place: silent research out
watch,listen =note,notes,for,bad: desk verify write
watch,view: desk research
listen: silent
# reading and learning
read =aloud,out,loud: prepare
read @text =tablets,leaflet,instructions,manual,docs,documentation,guide,terms,trace: desk research read
read: desk read
skim,reread,study,revise,memorise,memorize ~library: silent read place
study,revise =library,cafe: silent read place
skim,reread,study,browse: desk read
learn,memorise,memorize,revise,recite: read
go +over ~person: collaboration verify read
go +through ~person: collaboration verify
go,run +through,over @text,digital,money: desk verify read
proofread,spellcheck: desk verify read
practise,practice,rehearse @presentation,text,media,speech =presentation,lines,speech,talk,pitch,line,answers,song: prepare
repeat,practise,practice,rehearse: home
# checking
check,inspect,double-check,verify,confirm ~house =smoke,alarm,tap,boiler,window,windows,door,oven,fridge: verify move home
check ^in: communication place
check,compare,review,inspect,double-check,verify,confirm,audit,go @text,paper,money,digital,media: desk verify read
check,inspect,double-check,verify,confirm: silent verify read
test ~house: verify move home
run,test,reproduce,debug,benchmark,profile,validate,lint,simulate ~digital: desk verify
run =suite,tests,test,script,build: desk verify
test,try,verify,validate,reproduce: silent verify
measure,count ~house =wall,window,room,shelf,floor,door,bed: silent verify prepare move home
measure,time,count,weigh: desk verify
proof,correct,edit ~person =together,with: verify write
# sorting and planning
sort,group,arrange,tag,label,categorise,categorize,archive,rename,number,file,reorder,rank =clips,clip,takes,footage: desk organize write
tag =release,version: desk save-progress
file @paper,text: silent organize save-progress home
sort,group @digital =logs,errors,tickets: desk organize read
sort =post,mail,letters: silent organize read home
arrange,rearrange @gear,house =chairs,tables,room: silent organize prepare move
sort,arrange,rearrange,organise,organize,declutter ~house: silent organize move home
group,sort,arrange,categorise,categorize,archive,rename,reorder,number,file,merge,split,divide,organise,organize,structure: desk organize
label,tag: desk organize write
plan,schedule,block,timebox =video,post,episode,newsletter,release,backup: desk organize configuration
plan,schedule,reschedule,block,timebox,map,allocate: desk organize
book,reserve =room,desk,slot,court: silent organize at-office
book,reserve @vehicle,text =seats,ticket,tickets,flight,hotel,train,table,car,trip,night,apartment: desk purchase
book,reserve =dentist,doctor,vet,hairdresser,appointment: communication organize
book,reserve: desk purchase
pin,hang,stick ~office =board,notice,rota: silent organize move office
clear,empty @digital =inbox,mails,emails: desk organize read
clear,tidy,sort =mail,inbox,desktop: desk organize read
# technical
set ^off: travel
set =day,date: desk organize
set =timer,alarm,reminder: silent configuration prepare
set =table: chore prepare
set +up ~office =projector,screen,room,chairs,stand: silent configuration prepare move office
set +up ~gear: silent prepare move
set +up @money =order,transfer,payment: desk configuration transfer
set ~gear,media: desk configuration prepare
set +up @digital,device: desk configuration
set,configure,adjust,connect,pair,sync,enable,disable,switch,activate,deactivate,toggle,turn ~house =heating,oven,heater,light,lights,stove,water,gas,boiler,radiator: silent configuration move home
reset,restart,reboot @device: silent configuration
set,configure,adjust,connect,sync,enable,disable,activate,deactivate,toggle,turn,switch,reset,restart,reboot,mute,unlock,link,customise,customize,log,sign,tune: desk configuration
install: desk configuration download
update,upgrade ~device =software,app,firmware,system,phone,laptop,driver: desk configuration download
update ~institution,office =address,office,bank: communication write stationary
update,revise,amend,adapt,extend,change,correct,edit @text,digital =slide,slides,text,document,address,page,entry,profile,cv,spreadsheet,table,readme,docs: desk write
format @gear =card,disk,drive: desk configuration prepare
change @digital =password,setting,settings,plan,pin: desk configuration
change =euros,dollars,pounds,money: communication transfer out
change,replace,swap ~house =bulb,filter,battery,batteries,fuse: chore
change,strip @house =sheets,bed,bedding,sheet: chore clean
replace,swap @house: chore create
update,upgrade: desk configuration
merge,rebase,refactor,implement,program,code,develop,deploy: desk create
commit,save,bookmark =draft,document,file,work,changes,fix,branch: desk save-progress
commit,stash: desk save-progress
push @digital =branch,code,commit,changes,repo: desk save-progress transfer
pull,clone,fetch @digital =changes,repository,main,data,branch: desk download
# keeping
save =map,offline,podcast,episode,music,video,playlist: silent save-progress download stationary
save =pdf,copy,screenshot: desk save-progress
save,keep,store: silent save-progress
back +up: desk save-progress transfer
backup: desk save-progress transfer
export =dump,data,contacts,csv: desk save-progress download
export,render: desk save-progress create
scan,digitise,digitize: desk save-progress create
take =photo,picture,screenshot,snapshot: silent save-progress create
# moving files and money
download: desk download
grab,get,fetch =logo,logos,files,file,assets,export,data,report,pdf,picture,pictures,images,font: desk download
upload: desk save-progress transfer
drag @media,digital: desk transfer
import,copy,move,transfer,paste,drag,migrate,sync,attach,convert @digital,media,money =files,file,folder,photos,footage,data,drive,disk,cloud: desk transfer
transfer,wire @money: desk transfer purchase
transfer,import,paste,drag,migrate,attach: desk transfer
copy: silent create move
publish,post,tweet,upload,release @media,text =video,episode,blog,article,picture,reel,short,ad,online,instagram,youtube: communication transfer stationary
post,mail @paper,text =letter,contract,parcel,card,package,form: out transfer
publish,release,launch: desk transfer
print ~office: silent create prepare office
print @ticket,plan =tickets,ticket,badges,pass,passes,list: silent create prepare
print,photocopy: silent create move
delete,erase,clean,remove,purge,clear,empty @digital,media =phone,disk,folder,flag,files,cache,inbox,trash: desk clean
delete,erase,uninstall,unsubscribe: desk clean
# buying
order =by,alphabetically,chronologically: desk organize
pay,top,donate,subscribe: desk purchase
renew =online: desk purchase
renew,apply,request ~place =passport,licence,id: communication out
renew: desk purchase
order: desk purchase
buy,purchase,shop =online,app,website: desk purchase
buy,purchase =spare,replacement: verify purchase errand
buy,purchase,shop: purchase errand
get =petrol,fuel,groceries,milk,bread,shoes,stamps,cash,medicine,present,flowers,food: purchase out
get ~place: purchase out
rent,hire: purchase stationary
refill ~place: communication purchase out
sell: communication write stationary
return,exchange ~place =shop,store,shoes: communication transfer out
# making
film,shoot,record @media ~person =crew,interview: create place
record @media =voiceover,voice,narration,podcast,song,line,lines,audio,intro: save-progress create stationary
film,shoot,photograph ~place =town,harbour,city,street,outside,outdoors: silent create move place
photograph,snap: silent create
film,shoot,record: create
cut,trim,edit,splice,colour,color,grade,mix,master,animate,sketch,draw,paint,design,illustrate,storyboard,crop,retouch,mock,wireframe,lower,fade,compose,stabilise,stabilize,blur,overlay,mute,raise ~media,digital: desk create
sketch,draw,design,illustrate,doodle,storyboard,mock,model,prototype,animate,render,compose,edit,trim,crop: desk create
create =database,account,server,environment,project,repository: desk configuration create
make,create,build,produce @plan =list,plan,schedule,budget: desk write organize
make =flashcards,cards,quiz,worksheet: desk create write
make =call,phone: communication
make =bed: chore prepare
make @food,house: still create
make,create,produce,generate,build @digital,media,text: desk create
bake,fry,roast,boil,grill,simmer,stir,mix,knead,whisk,season: still create
cook: still create
peel,chop,slice,grate,dice,marinate,preheat,thaw,soak: still prepare
prepare @food,lunch: still prepare create
prepare @text,plan =points,questions,notes,agenda,speech,talk: desk prepare write
prepare,ready ~digital: desk prepare
prepare,ready: silent prepare
sew,knit,mend,glue,stitch,crochet,craft: still create
wrap: still create prepare
build,assemble,screw,drill,nail,mount,install,saw,hammer,plaster,tile ~house: chore create
repair,fix @digital =bug,test,build,code,link,page,error,crash: desk create
repair,fix: silent create home
paint,sand,varnish,wallpaper: chore create
plant,sow,repot: chore create
# at home
wash,clean,scrub,wipe,mop,sweep,vacuum,hoover,dust,polish,rinse,disinfect,rake,declutter,weed,mow ~office =whiteboard,office: silent clean move office
descale,defrost: still clean
spray,scrape: silent clean
tape,cover: silent prepare move
taste,smell,prick,feel: silent verify
shake: silent verify move
loosen,press: silent create move
dig: chore create
tie: silent organize
spend: silent
clean,wipe,polish ~gear,device: silent clean
clean,tidy =code,data,spreadsheet,desktop,files: desk clean organize
wash,scrub,rinse =hair,hands,face,teeth: silent home
wash,clean,scrub,wipe,mop,sweep,vacuum,hoover,dust,polish,rinse,disinfect,rake,weed,mow,unclog,air: chore clean
brush,floss,shower,shave: silent home
tidy,declutter,clear ~office: silent organize clean office
tidy,declutter =cables,desk,drawer,shelf: silent organize clean move
tidy,declutter: chore organize clean
shred,discard,recycle: silent clean move
throw: chore clean
empty,unload =dishwasher,machine,basket: chore clean transfer
empty: chore clean
fold,iron: still organize
hang @laundry: chore
hang: chore prepare
water ~office: silent move office
water,prune,trim,fertilise ~plant,house: chore
water: chore
feed,brush,groom ~pet: still
walk ~pet: move place
load,put @laundry =machine,washing,dishwasher: chore transfer clean
put =passport,passports,tickets,keys,wallet,charger,luggage,suitcase,bag: still prepare
put +away: chore organize
put,move,carry,store,shift,drag,stow @laundry,house =attic,cellar,basement,garage,cupboard: chore organize transfer
carry,move,lift,push ~house: chore transfer
put,place,move =phone,room: chore transfer
put,place,lay ~house,food,laundry: still prepare
lay +out: still prepare
pack,unpack: still prepare
charge,plug,recharge: still prepare
sharpen,inflate,pump: silent prepare
bleed,oil,grease,lubricate ~house: chore prepare
pump,oil,grease: silent prepare move
turn,switch +off,on: silent configuration
light,heat,warm: still prepare
take +out =rubbish,trash,bin,recycling,garbage: chore transfer
open,close,shut,lock =window,windows,door,curtains,shutters,blinds: chore
open,launch,start @digital,text,media,device =file,document,editor,app,page,form,project,website,portal: desk prepare
# ways and errands
take =bus,train,tram,plane,flight,taxi,ferry,metro,subway: travel
take ~pet =vet: communication out
take,bring,carry,deliver,fetch,collect ~office =floor,desk,reception,workshop,meeting: transfer move office
take,bring,deliver,drop,return,fetch,collect ~place: transfer out
bring,fetch,carry: transfer move
collect,deliver,drop: transfer out
take =tablet,tablets,pill,pills,medicine,vitamin,vitamins,nap: still
go =run,jog,swim: silent move place
go ~place,person: communication out
go,travel,commute: travel
go +out: silent move
drive,fly,ride: silent travel
cycle,bike ~place: silent travel move
walk ~place =to: silent travel move
walk,run,jog,hike,cycle,swim ~place: silent move place
swim: silent move place
walk,run,jog,stretch,dance,jump,climb,exercise,train,squat,lift,march: feet
do ~body: feet
do =yoga,exercise,sets,set,stretch,stretches,workout: feet
do =homework,exercises,worksheet: desk write
do =laundry,dishes,washing: chore clean
do =shopping,groceries: purchase out
do =review: desk verify
meditate,breathe,relax,rest,sit: desk
drink,eat,sip: silent
`
