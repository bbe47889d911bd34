/** The exchange panel: the wallets of the account that a key opens, moving as the account does. */
import type { ExchangeReadingFragment } from '../generated/operations'
import { originText, troubleText } from './asset'
import { element, table } from './element'
import { compared } from './exact'
import { follow, type Way } from './live'

type Wallet = NonNullable<ExchangeReadingFragment['nodes']>[number]
type Move = { readonly before: string; readonly after: string; readonly isUp: boolean }

const WAYS: Readonly<Record<Way, string>> = {
  socket: 'Live: changes come by themselves.',
  polling: 'Asked again every 3 seconds, until a live connection is to be had.',
}

/** Fill the panel; `key` is what the field begins with, and is kept nowhere but in it. */
export function exchangePanel(section: HTMLElement, key: string): void {
  const field = element('input', { id: 'key', type: 'password', autocomplete: 'off', spellcheck: 'false', value: key })
  const press = element('button', { type: 'submit' }, 'Follow')
  const way = element('p', { role: 'status', class: 'status' })
  const alert = element('p', { role: 'alert', class: 'alert' })
  const moves = element('ol', { class: 'moves', 'aria-label': 'What moved, newest first', 'aria-live': 'polite' })
  const figures = element('div')
  const form = element('form', { class: 'actions' }, element('label', { for: 'key' }, 'Key of the gateway'), field, press)
  let stop: (() => void) | undefined
  let last: readonly Wallet[] | undefined

  function say(text: string, trouble = ''): void {
    // The same words again would be read aloud again.
    if (way.textContent !== text) way.textContent = text
    if (alert.textContent !== trouble) alert.textContent = trouble
  }

  function over(text: string, trouble = ''): void {
    stop?.()
    stop = undefined
    press.textContent = 'Follow'
    figures.replaceChildren()
    moves.replaceChildren()
    last = undefined
    say(text, trouble)
  }

  function show(reading: ExchangeReadingFragment, by: Way): void {
    const moved = new Map<string, Move>()
    if (reading.nodes) {
      for (const wallet of reading.nodes) noteMove(moved, wallet, last)
      last = reading.nodes
    }
    for (const [code, move] of moved) moves.prepend(moveLine(code, move))
    while (moves.childElementCount > 5) moves.lastElementChild?.remove()
    const trouble = reading.problem ? troubleText(reading.problem) : ''
    figures.replaceChildren(...(last ? [walletTable(last, reading, moved)] : []))
    say(reading.outcome === 'ABSENT' ? 'There is no such account.' : WAYS[by], trouble)
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (stop) return over('Stopped.')
    if (!field.value) return say('', 'An exchange account opens with a key of its own: give one.')
    press.textContent = 'Stop'
    say('Connecting …')
    stop = follow(field.value, {
      reading: show,
      trouble: (trouble) => {
        if (last) figures.querySelector('table')?.setAttribute('data-outcome', 'UNAVAILABLE')
        say('What is shown is old: nothing can be read just now.', trouble.message)
      },
      end: (trouble) => over('', trouble.message),
    })
  })

  section.append(
    element('h2', { id: 'exchange-title' }, 'Exchange account'),
    element('p', {}, 'What your account at sFOX holds, as it moves.'),
    form,
    way,
    alert,
    moves,
    figures,
  )
}

function noteMove(moved: Map<string, Move>, wallet: Wallet, last: readonly Wallet[] | undefined): void {
  const before = last?.find(({ id }) => id === wallet.id)?.balance.display
  if (before === undefined) return
  const order = compared(before, wallet.balance.display)
  if (order !== 0) moved.set(wallet.currency.code, { before, after: wallet.balance.display, isUp: order < 0 })
}

function moveLine(code: string, { before, after, isUp }: Move): HTMLElement {
  return element('li', {}, `${code} ${isUp ? 'rose' : 'fell'} from ${before} to ${after}`)
}

/** What was read last; a reading without figures leaves them there, and says that they are not known to hold. */
function walletTable(wallets: readonly Wallet[], { outcome, provenance, nodes }: ExchangeReadingFragment, moved: ReadonlyMap<string, Move>): HTMLElement {
  const isOld = outcome !== 'FRESH' || !nodes
  const origin = provenance ? originText(provenance) : 'not read'
  const made = table(
    `Wallets at sFOX (${isOld ? 'as they were: ' : ''}${origin})`,
    ['Currency', 'Balance', 'Available', 'On hold'],
    wallets.map((wallet) => walletRow(wallet, moved.get(wallet.currency.code))),
  )
  made.querySelector('table')?.setAttribute('data-outcome', isOld ? 'UNAVAILABLE' : 'FRESH')
  return made
}

function walletRow({ currency, balance, available, held }: Wallet, move: Move | undefined): HTMLElement {
  const sign = move ? element('span', { class: 'sign', 'aria-hidden': 'true' }, move.isUp ? '▲ ' : '▼ ') : null
  return element(
    'tr',
    move ? { 'data-moved': move.isUp ? 'up' : 'down' } : {},
    element('th', { scope: 'row' }, currency.code),
    element('td', {}, sign, element('span', { class: 'amount' }, balance.display)),
    element('td', {}, element('span', { class: 'amount' }, available.display)),
    element('td', {}, held ? element('span', { class: 'amount' }, held.display) : 'not said'),
  )
}
