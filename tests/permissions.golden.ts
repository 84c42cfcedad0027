import type { Actor } from './permissions/actors.ts'

/**
 * What becomes of a call. `yes`: it is allowed. `nothing`: it is allowed, and what the workspace has is not among what it
 * answers. The numbers are the status of the refusal: 401 for who is not known, 403 for who may see it and not do it, 404
 * where the thing is not there for who asks, 409 where who may do it has to sign in instead of bringing a key.
 */
export type Outcome = 'yes' | 'nothing' | 401 | 403 | 404 | 409

/** Operations for which the same holds, each as `operation` or `operation: a case of it`. */
export interface Rule {
  readonly says: string
  readonly may: Readonly<Record<Actor, Outcome>>
  readonly operations: readonly string[]
}

const everybody = (outcome: Outcome): Rule['may'] => ({
  ...{ anonymous: outcome, stranger: outcome, administrator: outcome, former: outcome },
  ...{ banned: outcome, pending: outcome },
  ...{ viewer: outcome, editor: outcome, admin: outcome, owner: outcome, reader: outcome },
})

/** Credentials that hold no more, and one that does not hold yet. */
const ended = { former: 401, banned: 401, pending: 401 } as const

/** Nobody but who is in the workspace: a credential that has ended is none, and running the installation opens nothing. */
const outside = { anonymous: 401, stranger: 404, administrator: 404, ...ended } as const
const inside = (outcome: Outcome) =>
  ({ viewer: outcome, editor: outcome, admin: outcome, owner: outcome, reader: outcome }) as const

/**
 * Who may call what: written from what each thing means, not from the code. A route without a line here fails the tests,
 * and so does a line without a route.
 */
export const rules: readonly Rule[] = [
  {
    says: 'Nobody is asked who they are: how the server is, what it can do, what pages load, what an address opens',
    may: everybody('yes'),
    operations: [
      ...['livez', 'readyz', 'health', 'ready', 'openapi', 'docsPage', 'pageAsset', 'getJwks'],
      ...['accountPage', 'securityPage', 'verifyEmailPage', 'forgotPasswordPage', 'resetPasswordPage', 'registerPage'],
      ...['comeBackByForm', 'listProviders', 'readFeed'],
      ...['getMedia: of a public film', 'getRenditionMedia: of a public film'],
      ...['getGrantedMedia', 'getGrantedRenditionMedia'],
    ],
  },
  {
    says: 'Open to everybody; but whoever says who they are must be it',
    may: { ...everybody('yes'), ...ended },
    operations: [
      ...['uploadOptions', 'metrics: on the machine itself', 'getVideo: that is public'],
      ...['watchPage: of a public video', 'embedPage: of a public video', 'oembed: of a public video'],
      ...['register', 'verifyEmail', 'sendVerification', 'login', 'refresh', 'forgotPassword', 'resetPassword'],
      ...['giveSecondFactor', 'beginPasskeyLogin', 'loginByPasskey', 'beginByProvider', 'comeBack'],
    ],
  },
  {
    says: 'A private film plays by its grant alone: without one it is not there, not even for its owner',
    may: everybody(404),
    operations: ['getMedia: of a private film', 'getRenditionMedia: of a private film'],
  },
  {
    says: 'What is private to the workspace is not there for others, signed in or not',
    may: { ...outside, anonymous: 404, ...inside('yes') },
    operations: ['getVideo: that is private', 'watchPage: of a private video', 'embedPage: of a private video'],
  },
  {
    says: 'What the workspace makes, whoever is in it may look at',
    may: { ...outside, ...inside('yes') },
    operations: [
      ...['getTask', 'getProduction', 'getProductionFilm', 'getProductionCaptions', 'getFilm', 'getJourney'],
      ...[
        'streamEvents: of a private video',
        'streamEvents: of a delegation',
        'getWorkspace',
        'listMembers',
        'listDependencies',
        'getPlannerProject',
      ],
      ...['getTemplate', 'getDelegation', 'getDelegationHistory', 'getRequirement', 'getTaskRequirement', 'getAgent'],
      'getWorkflow',
    ],
  },
  {
    says: 'A list is of one’s own workspace: to others it tells nothing of this one',
    may: { ...outside, stranger: 'nothing', administrator: 'nothing', ...inside('yes') },
    operations: [
      ...['listTasks', 'listProductions', 'listVideos', 'listWorkspaces', 'listPlannerProjects'],
      ...['listTemplates', 'nextSteps', 'listPriorities'],
      ...['listDelegations', 'listAgents', 'listWorkflows'],
    ],
  },
  {
    says: 'Who did what in the workspace, those read who care for it',
    may: {
      ...{ ...outside, stranger: 'nothing', administrator: 'nothing' },
      ...{ viewer: 403, editor: 403, admin: 'yes', owner: 'yes', reader: 'yes' },
    },
    operations: ['listAuditLog', 'exportAuditLogLines', 'exportAuditLogTable'],
  },
  {
    says: 'What happened to an account is for its person alone',
    may: { ...everybody('nothing'), anonymous: 401, ...ended, editor: 'yes' },
    operations: ['listOwnAuditLog'],
  },
  {
    says: 'Everybody reads what is known of themselves',
    may: { ...everybody('yes'), anonymous: 401, ...ended },
    operations: ['getMe'],
  },
  {
    says: 'Everybody says how they want to be called',
    may: { ...everybody('yes'), anonymous: 401, ...ended, reader: 403 },
    operations: ['changeMe'],
  },
  {
    says: 'How one signs in is one’s own business, in whatever workspace one was or is; of who is signed in, not of keys',
    may: { ...everybody('yes'), anonymous: 401, banned: 401, pending: 401, reader: 403 },
    operations: [
      ...['logout', 'listSessions', 'endSessions', 'changePassword', 'changeEmail', 'beginSecondFactor'],
      ...['confirmSecondFactor', 'removeSecondFactor', 'makeBackupCodes', 'listPasskeys', 'beginPasskey', 'addPasskey'],
      ...['listLinkedProviders', 'linkProvider', 'unlinkProvider'],
    ],
  },
  {
    says: 'Another’s session or passkey is not there: these are the editor’s',
    may: { ...everybody(404), anonymous: 401, banned: 401, pending: 401, editor: 'yes', reader: 403 },
    operations: ['endSession', 'removePasskey'],
  },
  {
    says: 'A key changes nothing of how anybody signs in, its own person included, and nobody administers by one',
    may: { ...everybody(403), anonymous: 401, ...ended },
    operations: [
      ...['logout: by a key', 'listSessions: by a key', 'endSessions: by a key', 'changePassword: by a key'],
      ...['changeEmail: by a key', 'beginSecondFactor: by a key', 'confirmSecondFactor: by a key'],
      ...['removeSecondFactor: by a key', 'makeBackupCodes: by a key', 'listPasskeys: by a key'],
      ...['beginPasskey: by a key', 'addPasskey: by a key', 'endSession: by a key', 'removePasskey: by a key'],
      ...['listLinkedProviders: by a key', 'linkProvider: by a key', 'unlinkProvider: by a key'],
      ...['adminListUsers: by a key', 'adminGetUser: by a key', 'adminChangeUser: by a key'],
      ...['adminBanUser: by a key', 'adminLiftBan: by a key', 'adminListSessions: by a key'],
      ...['adminEndSessions: by a key', 'adminImpersonate: by a key'],
    ],
  },
  {
    says: 'Who runs the installation cares for the people in it; no role in a workspace does',
    may: { ...everybody(403), anonymous: 401, banned: 401, pending: 401, administrator: 'yes' },
    operations: [
      ...['adminListUsers', 'adminGetUser', 'adminChangeUser', 'adminBanUser', 'adminLiftBan', 'adminListSessions'],
      ...['adminEndSessions', 'adminImpersonate'],
    ],
  },
  {
    says: 'What was deleted its owner puts back, signed in: to others it is gone, and its keys have ended',
    may: { ...outside, former: 404, ...inside(404), owner: 'yes', reader: 401 },
    operations: ['restoreWorkspace: by a session'],
  },
  {
    says: 'A session goes where its person is a member',
    may: { ...outside, former: 404, ...inside('yes'), reader: 403 },
    operations: ['switchWorkspace: by a session'],
  },
  {
    says: 'Things are changed by who makes things there',
    may: { ...outside, viewer: 403, editor: 'yes', admin: 'yes', owner: 'yes', reader: 403 },
    operations: [
      ...['changeVideo', 'deleteVideo', 'restoreVideo', 'produceTask', 'cancelProduction', 'retryProduction'],
      ...['changeTask', 'deleteTask', 'restoreTask', 'orderTasks', 'changeTasks', 'splitTask', 'estimateTask'],
      ...['skipTask'],
      ...['addDependency', 'removeDependency'],
      ...['changePlannerProject', 'deletePlannerProject', 'restorePlannerProject'],
      ...['changeWorkflow', 'deleteWorkflow', 'restoreWorkflow', 'runWorkflow'],
      ...['copyTemplate', 'applyTemplate', 'handOver', 'swipeTask'],
    ],
  },
  {
    says: 'Work is done by whom it was handed to, and by nobody in their place',
    may: { ...outside, viewer: 403, editor: 'yes', admin: 403, owner: 403, reader: 403 },
    operations: ['acceptWork', 'reportProgress', 'submitWork', 'refuseWork'],
  },
  {
    says: 'What was handed over is decided about by who handed it over or cares for the people, never by whose work it is',
    may: { ...outside, viewer: 403, editor: 403, admin: 'yes', owner: 'yes', reader: 403 },
    operations: ['reviewWork', 'withdrawWork', 'removeAgent'],
  },
  {
    says: 'A template is changed and shared by its maker, or by who cares for the people in the workspace',
    may: { ...outside, viewer: 403, editor: 'yes', admin: 'yes', owner: 'yes', reader: 403 },
    operations: ['changeTemplate', 'deleteTemplate', 'restoreTemplate', 'shareTemplate', 'unshareTemplate'],
  },
  {
    says: 'A timer is ended by whose it is, whatever they are in the workspace; to all others it is not there',
    may: { ...everybody(404), anonymous: 401, ...ended, viewer: 403, editor: 'yes', reader: 403 },
    operations: ['finishTimer'],
  },
  {
    says: 'A template that is for oneself is for nobody else, whatever they are in the workspace',
    may: { ...everybody(404), anonymous: 401, ...ended, editor: 'yes' },
    operations: ['getTemplate: a private one of the editor'],
  },
  {
    says: 'A code opens what it shares to whoever has it, and nothing else of the workspace',
    may: { ...everybody('yes'), anonymous: 401, ...ended },
    operations: ['getShared'],
  },
  {
    says: 'Things are made in one’s own workspace, by who makes things there',
    may: { ...everybody('yes'), anonymous: 401, ...ended, viewer: 403, reader: 403 },
    operations: [
      'orderProduction',
      'createUpload',
      'capture',
      'quickAdd',
      'createPrompt',
      'createTask',
      'createPlannerProject',
      ...['createTemplate', 'applyShared', 'copyShared', 'registerAgent', 'heartbeatAgent', 'takeWork'],
      ...['createWorkflow', 'advisePriorities'],
    ],
  },
  {
    says: 'Figures are counted over one’s own workspace',
    may: { ...everybody('yes'), anonymous: 401, ...ended },
    operations: ['getStatistics', 'getRunningTimer'],
  },
  {
    says: 'A filter or a feed is its person’s own, whatever they are in the workspace; to all others it is not there',
    may: { ...everybody(404), anonymous: 401, ...ended, editor: 'yes', reader: 403 },
    operations: ['changeFilter', 'deleteFilter', 'restoreFilter', 'revokeFeed'],
  },
  {
    says: 'Everybody keeps filters and feeds for themselves, but by no key that only reads',
    may: { ...everybody('yes'), anonymous: 401, ...ended, reader: 403 },
    operations: ['saveFilter', 'createFeed'],
  },
  {
    says: 'Filters and feeds are listed to their person alone',
    may: { ...everybody('nothing'), anonymous: 401, ...ended, editor: 'yes' },
    operations: [
      'listExecutions',
      ...['listFilters', 'listFeeds', 'listCaptures', 'listTemplates: private ones of the editor', 'listSwipes'],
    ],
  },
  {
    says: 'What a workspace spends, whoever is in it may look at; to others it tells nothing',
    may: { ...outside, stranger: 'nothing', administrator: 'nothing', ...inside('yes') },
    operations: ['listBudgets', 'listSpends', 'getCosts'],
  },
  {
    says: 'What models cost stands in a book for everybody; what a workspace has agreed on itself is its own',
    may: { ...outside, stranger: 'nothing', administrator: 'nothing', ...inside('yes') },
    operations: ['listPrices'],
  },
  {
    says: 'With which providers a workspace works, those know who care for it',
    may: {
      ...{ ...everybody('nothing'), anonymous: 401, ...ended },
      ...{ viewer: 403, editor: 403, admin: 'yes', owner: 'yes', reader: 403 },
    },
    operations: ['listAiConnections'],
  },
  {
    says: 'What may be spent is decided, in one’s own workspace, by who cares for it',
    may: { ...everybody('yes'), anonymous: 401, ...ended, viewer: 403, editor: 403, reader: 403 },
    operations: ['createBudget', 'createPrice', 'createAiConnection'],
  },
  {
    says: 'The workspace and the people in it are in the hands of who cares for it',
    may: { ...outside, viewer: 403, editor: 403, admin: 'yes', owner: 'yes', reader: 403 },
    operations: [
      ...['changeWorkspace', 'changeMember', 'removeMember', 'createServiceAccount'],
      ...['createInvitation', 'listInvitations', 'revokeInvitation'],
      ...['changeBudget', 'removeBudget', 'removePrice'],
      ...['getAiConnection', 'changeAiConnection', 'removeAiConnection', 'testAiConnection'],
    ],
  },
  {
    says: 'To end a workspace or to hand it over is its owner’s alone',
    may: { ...outside, viewer: 403, editor: 403, admin: 403, owner: 'yes', reader: 403 },
    operations: ['deleteWorkspace', 'handOverWorkspace'],
  },
  {
    says: 'Everybody may make a workspace of their own',
    may: { ...everybody('yes'), anonymous: 401, ...ended, reader: 403 },
    operations: ['createWorkspace'],
  },
  {
    says: 'Everybody makes keys for themselves, but by no key that only reads',
    may: { ...everybody('yes'), ...ended, anonymous: 401, reader: 403 },
    operations: ['createApiKey'],
  },
  {
    says: 'Whose keys there are, their person sees and who manages members',
    may: { ...everybody('nothing'), ...ended, anonymous: 401, editor: 'yes', admin: 'yes', owner: 'yes' },
    operations: ['listApiKeys'],
  },
  {
    says: 'A key is changed, or handed out anew, by its person alone: it acts in their name',
    may: { ...outside, viewer: 404, editor: 'yes', admin: 403, owner: 403, reader: 403 },
    operations: ['changeApiKey', 'rotateApiKey'],
  },
  {
    says: 'A key is ended by its person, and by who manages them',
    may: { ...outside, viewer: 404, editor: 'yes', admin: 'yes', owner: 'yes', reader: 403 },
    operations: ['revokeApiKey'],
  },
  {
    says: 'Everybody may leave',
    may: { ...outside, ...inside('yes'), reader: 403 },
    operations: ['leaveWorkspace'],
  },
  {
    says: 'Somebody who is signed in enters another workspace; a key stays where it is',
    may: { ...everybody(403), anonymous: 401, ...ended },
    operations: ['acceptInvitation: by a key'],
  },
  {
    says: 'A key is of one workspace: it ends with it, and brings nobody into another',
    may: { ...everybody(404), anonymous: 401, ...ended, reader: 403 },
    operations: ['restoreWorkspace: by a key'],
  },
  {
    says: 'A key is of one workspace: a session is what goes from one to another',
    may: { ...everybody(409), anonymous: 401, ...ended, reader: 403 },
    operations: ['switchWorkspace: by a key'],
  },
  {
    says: 'An upload under way is the business of who sends it',
    may: { ...outside, viewer: 403, editor: 'yes', admin: 404, owner: 404, reader: 403 },
    operations: ['uploadOffset', 'appendToUpload', 'terminateUpload'],
  },
  {
    says: 'A thought is its thinker’s alone: no role reads it, the owner’s included',
    may: { ...outside, viewer: 404, editor: 'yes', admin: 404, owner: 404, reader: 404 },
    operations: ['getCapture: of the editor', 'getPrompt', 'getRecording', 'getRecordingFile'],
  },
  {
    says: 'What somebody ran of a workflow is their own: it tells how they are',
    may: { ...everybody(404), anonymous: 401, ...ended, editor: 'yes' },
    operations: ['getExecution'],
  },
  {
    says: 'What somebody ran of a workflow nobody else ends, tries again or applies',
    may: { ...everybody(404), anonymous: 401, ...ended, viewer: 403, editor: 'yes', reader: 403 },
    operations: ['cancelExecution', 'retryExecution', 'applyExecution'],
  },
  {
    says: 'What becomes of a thought its thinker alone decides; no role does, and no key that only reads',
    may: { ...outside, viewer: 403, editor: 'yes', admin: 404, owner: 404, reader: 403 },
    operations: [
      'answerCapture',
      'saveCapture',
      'deleteCapture',
      'restoreCapture',
      'answerPrompt',
      'transcribeRecording',
    ],
  },
  {
    says: 'Whoever is signed in may listen; what they hear is asked topic by topic',
    may: { ...everybody('yes'), anonymous: 401, ...ended },
    operations: ['openRealtime', 'issueTicket'],
  },
]
