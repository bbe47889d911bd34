/** The portfolio's panel: what some addresses and the exchange account hold together, and how much of it was read. */
import { AddUpDocument, type AddUpQuery } from '../generated/operations'
import { assetHeading, namesOf, troubles } from './asset'
import { coveragePicture, coverageVerdict } from './coverage'
import { element, table } from './element'
import { ask } from './gateway'

type Total = AddUpQuery['portfolio']['totals'][number]

export interface PortfolioPanel {
  /** Write an address into the field, unless it is there already. */
  include(address: string): void
}

/** Fill the panel; `key` is read when the exchange is asked for. */
export function portfolioPanel(section: HTMLElement, suggested: readonly string[], key: () => string): PortfolioPanel {
  const field = element('textarea', { id: 'addresses', rows: '4', spellcheck: 'false', autocomplete: 'off' })
  field.value = suggested.join('\n')
  const exchange = element('input', { id: 'with-exchange', type: 'checkbox' })
  const status = element('p', { role: 'status', class: 'status' })
  const alert = element('p', { role: 'alert', class: 'alert' })
  const figures = element('div')
  const form = element(
    'form',
    { class: 'stacked' },
    element('label', { for: 'addresses' }, 'Addresses, one on each line, of Bitcoin or Solana'),
    field,
    element('span', { class: 'check' }, exchange, element('label', { for: 'with-exchange' }, 'and my account at sFOX, by the key above')),
    element('button', { type: 'submit' }, 'Add up'),
  )
  let turn = 0

  async function addUp(): Promise<void> {
    const mine = ++turn
    const addresses = field.value.split(/\s+/).filter(Boolean)
    status.textContent = 'Adding up …'
    alert.textContent = ''
    figures.replaceChildren()
    try {
      const variables = { addresses, exchanges: exchange.checked ? (['SFOX'] as const) : [] }
      const { portfolio } = await ask(AddUpDocument, variables, exchange.checked ? key() : undefined)
      if (mine !== turn) return
      figures.replaceChildren(coveragePicture(portfolio.coverage), ...shown(portfolio))
      status.textContent = coverageVerdict(portfolio.coverage)
    } catch (trouble) {
      if (mine !== turn) return
      status.textContent = ''
      alert.textContent = trouble instanceof Error ? trouble.message : String(trouble)
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void addUp()
  })
  section.append(
    element('h2', { id: 'portfolio-title' }, 'Portfolio'),
    element('p', {}, 'What they hold together: exact, and said where it may be more.'),
    form,
    status,
    alert,
    figures,
  )
  return {
    include(address) {
      if (!field.value.split(/\s+/).includes(address)) field.value = `${address}\n${field.value}`.trimEnd()
    },
  }
}

function shown({ totals, coverage }: AddUpQuery['portfolio']): readonly HTMLElement[] {
  const sorted = totals.toSorted((one, other) => namesOf(one.asset).name.localeCompare(namesOf(other.asset).name))
  const found = table('Totals by asset', ['Asset', 'Total', 'In how many places'], sorted.map(totalRow))
  const problems = troubles(coverage.problems)
  return problems ? [problems, found] : [found]
}

function totalRow({ asset, total, lowerBound, positions }: Total): HTMLElement {
  return element(
    'tr',
    lowerBound ? { 'data-lower-bound': 'true' } : {},
    assetHeading(asset),
    element(
      'td',
      {},
      lowerBound ? element('abbr', { class: 'bound', title: 'at least' }, '≥ ') : null,
      element('span', { class: 'amount' }, total.display),
      lowerBound ? element('small', {}, 'at least: not everything was read') : null,
      total.precision === 'PROVIDER_FLOAT' ? element('small', {}, 'in floating point: its last digits may be lost') : null,
    ),
    element('td', {}, String(positions)),
  )
}
