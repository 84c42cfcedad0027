import { browser, circles, crossings, floors, indexes, siblings } from './arrows.ts'
import { type House, type Violation, houseOf } from './house.ts'
import { comments, computed, packages, reserved } from './uses.ts'

/** A file that may break a rule, and why. One that nothing needs any more is reported itself. */
export interface Exception {
  readonly rule: string
  readonly path: string
  readonly why: string
}

export interface Report {
  readonly violations: readonly Violation[]
  readonly house: House
}

/** Holds the house against all rules. `files` maps paths to texts, `dependencies` are the names in package.json. */
export function inspect(
  files: Readonly<Record<string, string>>,
  dependencies: readonly string[],
  exceptions: readonly Exception[] = [],
): Report {
  const house = houseOf(files)
  const all = [floors, crossings, indexes, siblings, browser, circles, reserved, computed, comments]
    .flatMap((rule) => rule(house))
    .concat(packages(house, dependencies))
  const excused = (violation: Violation) => (exception: Exception) =>
    exception.rule === violation.rule && exception.path === violation.path
  const idle = exceptions.filter((exception) => !all.some((violation) => excused(violation)(exception)))
  return {
    house,
    violations: [
      ...all.filter((violation) => !exceptions.some(excused(violation))),
      ...idle.map(({ rule, path }) => ({ rule, path, line: 1, says: 'needs its exception no longer: take it out' })),
    ],
  }
}

/** One line for each violation, in the form that editors make a link of. */
export function told(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, rule, says }) => `${path}:${line} [${rule}] ${says}`)
}
