import { systemClock } from '#kernel/clock.ts'
import type { DemoVideo } from './demo-client.ts'
import type { DemoStage } from './demo-film.ts'

const STAGE_OF: Readonly<Record<DemoVideo['state'], string>> = {
  uploading: 'upload',
  uploaded: 'probe',
  probing: 'probe',
  encoding: 'encode',
  ready: 'ready',
  failed: 'failed',
}

/** The stages of an upload as they were seen from outside: each ends when the next begins. */
export class UploadStages {
  readonly #began: { name: string; at: string }[] = [{ name: 'upload', at: systemClock.now().toISOString() }]

  see(video: DemoVideo): void {
    const name = STAGE_OF[video.state]
    if (this.#began.every((stage) => stage.name !== name)) this.#began.push({ name, at: video.seenAt })
  }

  finished(): DemoStage[] {
    return this.#began.slice(0, -1).map(({ name, at }, index) => ({
      name,
      state: 'done',
      startedAt: at,
      endedAt: this.#began[index + 1]?.at ?? at,
    }))
  }
}
