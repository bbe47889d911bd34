/** A picture of how much of what was asked for was read: one box for each account, told apart by form as well as by colour. */
import type { AddUpQuery } from '../generated/operations'
import { drawn, element } from './element'

type Coverage = AddUpQuery['portfolio']['coverage']
type Kind = 'fresh' | 'stale' | 'absent' | 'unavailable'

const KINDS: Readonly<Record<Kind, string>> = {
  fresh: 'read fresh',
  stale: 'stale',
  absent: 'nothing there',
  unavailable: 'not read',
}
const BOX = 40
const GAP = 6
const IN_A_ROW = 20

export function coveragePicture(coverage: Coverage): HTMLElement {
  const kinds = (Object.keys(KINDS) as Kind[]).flatMap((kind) => Array.from({ length: coverage[kind] }, () => kind))
  const width = Math.min(kinds.length, IN_A_ROW) * (BOX + GAP)
  const height = Math.ceil(kinds.length / IN_A_ROW) * (BOX + GAP)
  const words = coverageWords(coverage)
  return element(
    'figure',
    { class: 'coverage', 'data-complete': String(coverage.complete) },
    drawn(
      'svg',
      { role: 'img', 'aria-labelledby': 'coverage-words', viewBox: `0 0 ${width} ${height}`, width: `${width}`, height: `${height}` },
      drawn('title', { id: 'coverage-words' }, words),
      ...kinds.map((kind, place) => box(kind, (place % IN_A_ROW) * (BOX + GAP), Math.floor(place / IN_A_ROW) * (BOX + GAP))),
    ),
    element('figcaption', {}, legend(coverage)),
  )
}

function coverageWords(coverage: Coverage): string {
  const counts = (Object.keys(KINDS) as Kind[]).map((kind) => `${coverage[kind]} ${KINDS[kind]}`)
  return `Of ${coverage.expected} accounts: ${counts.join(', ')}. ${coverageVerdict(coverage)}`
}

/** What all of it comes to. */
export function coverageVerdict({ complete }: Coverage): string {
  return complete ? 'Everything was read.' : 'Not everything was read: totals marked ≥ may be more.'
}

function legend(coverage: Coverage): HTMLElement {
  const entries = (Object.keys(KINDS) as Kind[]).map((kind) =>
    element(
      'li',
      {},
      drawn('svg', { 'aria-hidden': 'true', viewBox: `0 0 ${BOX} ${BOX}`, width: '18', height: '18' }, box(kind, 0, 0)),
      ` ${coverage[kind]} ${KINDS[kind]}`,
    ),
  )
  return element('ul', {}, ...entries)
}

/** Full for fresh, half full for stale, an empty outline for absent, a broken outline crossed out for what was not read. */
function box(kind: Kind, x: number, y: number): SVGElement {
  const end = BOX - 2
  const outline = drawn('rect', { x: '2', y: '2', width: `${end - 2}`, height: `${end - 2}`, rx: '5', class: 'outline' })
  const inside: Readonly<Record<Kind, () => readonly SVGElement[]>> = {
    fresh: () => [drawn('path', { d: 'M11 21 l6 6 l12 -14', class: 'mark' })],
    stale: () => [drawn('path', { d: 'M20 11 v10 l7 4', class: 'mark' })],
    absent: () => [drawn('path', { d: 'M13 20 h14', class: 'mark' })],
    unavailable: () => [drawn('path', { d: 'M12 12 l16 16 M28 12 l-16 16', class: 'mark' })],
  }
  return drawn('g', { class: `box ${kind}`, transform: `translate(${x} ${y})` }, outline, ...inside[kind]())
}
