/** What a production goes through, in this order. */
export const StageName = ['script', 'voice', 'visuals', 'captions', 'music', 'assemble', 'check', 'publish'] as const
export type StageName = (typeof StageName)[number]

export const StageState = ['waiting', 'running', 'done', 'failed', 'skipped'] as const
export type StageState = (typeof StageState)[number]

export const ProductionState = ['running', 'completed', 'failed', 'cancelled'] as const
export type ProductionState = (typeof ProductionState)[number]

/** The stage behind this one; null behind the last. */
export function stageAfter(stage: StageName): StageName | null {
  return StageName[StageName.indexOf(stage) + 1] ?? null
}

/** What may follow what. A production that failed goes on when somebody wants it to. */
const nextStates = {
  running: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['running', 'cancelled'],
  cancelled: [],
} satisfies Record<ProductionState, readonly ProductionState[]>

/** The states from which `to` is reached in one step: the `where` of every change. */
export function statesBefore(to: ProductionState): ProductionState[] {
  return (Object.keys(nextStates) as ProductionState[]).filter((from) =>
    (nextStates[from] as readonly ProductionState[]).includes(to),
  )
}
