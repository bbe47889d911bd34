/** Assets and problems in words. */
import type { NamedFragment, OriginFragment, TroubleFragment } from '../generated/operations'
import { element } from './element'

type Names = { readonly name: string; readonly detail: string }

export function namesOf(asset: NamedFragment): Names {
  switch (asset.__typename) {
    case 'Rune':
      return { name: `${asset.name} ${asset.symbol}`, detail: `rune ${asset.id}` }
    case 'Token':
      return { name: asset.tokenSymbol ?? 'token', detail: asset.mint }
    case 'Currency':
      return { name: asset.code, detail: 'currency' }
  }
}

export function assetHeading(asset: NamedFragment): HTMLElement {
  const { name, detail } = namesOf(asset)
  return element('th', { scope: 'row' }, name, element('small', {}, detail))
}

export function troubleText({ provider, code, message, retryAfter, reference }: TroubleFragment): string {
  const when = retryAfter === null ? '' : ` Again in ${retryAfter} s.`
  return `${provider}: ${message} (${code}, reference ${reference})${when}`
}

export function troubles(problems: readonly TroubleFragment[]): HTMLElement | null {
  if (problems.length === 0) return null
  return element('ul', { class: 'troubles' }, ...problems.map((each) => element('li', {}, troubleText(each))))
}

export function originText({ provider, readAt, servedFrom, position }: OriginFragment): string {
  const where = position ? `, ${position.kind === 'BLOCK_HEIGHT' ? 'block' : position.kind.toLowerCase()} ${position.value}` : ''
  const kept = { UPSTREAM: '', CACHE: ', kept', FEED: ', from its feed' }[servedFrom]
  return `${provider}${where}, ${new Date(readAt).toLocaleTimeString()}${kept}`
}
