import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The test files that take longest, the longest first: one of them that began last would leave the other processors with
 * nothing to do. It is about the order of magnitude; `--reporter=json` tells the times.
 */
export const LONGEST: readonly string[] = [
  'tests/cluster/cluster.test.ts',
  'tests/journeys/idea-to-video.journey.test.ts',
  'tests/kill/kill.test.ts',
  'server/studio/renders/film.test.ts',
  'tests/journeys/watch.journey.test.ts',
  'server/stream/encoding/encode.test.ts',
  'tests/rotation/running.test.ts',
  'server/platform/storage/s3/faults.test.ts',
  'tests/journeys/s3.journey.test.ts',
  'tests/kill/disk-full.test.ts',
  'server/platform/storage/s3/draft.test.ts',
  'tests/journeys/upload-to-ready.journey.test.ts',
  'tests/journeys/attacks-media.test.ts',
  'tests/permissions.test.ts',
  'server/platform/jobs/loss.test.ts',
  'server/platform/database/embedded.test.ts',
  'server/studio/visuals/painter.test.ts',
  'tests/journeys/kept.journey.test.ts',
  'server/stream/packaging/packaging.test.ts',
  'tests/http-contract.test.ts',
  'server/platform/uploads/crash.test.ts',
]

/** Runs the longest test files first, and of the others those of most bytes, as vitest does without a cache. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const known = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`))
      return known < 0 ? LONGEST.length : known
    }
    const bySize = await super.sort.call(this, files)
    return bySize.toSorted((one, other) => place(one) - place(other))
  }
}
