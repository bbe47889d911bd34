/** The page: three panels, which share nothing but an address and a key. */
import { comparisonPanel } from './comparison'
import { place } from './element'
import { exchangePanel } from './exchange'
import { portfolioPanel } from './portfolio'
import { readSettings } from './settings'
import { installStandIn } from './standin'

// An owner of tokens, and the address in the indexer's own documentation: the sandbox knows both.
const SANDBOX_ADDRESSES = ['3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL', 'bc1q0egjvlcfq77cxd9kvpgppyuxckzvws46e3sxch']

const { sandbox, demoKey } = await readSettings()
if (sandbox) await installStandIn()

const portfolio = portfolioPanel(place('portfolio'), sandbox ? SANDBOX_ADDRESSES : [], () => {
  const key = place('key')
  return key instanceof HTMLInputElement ? key.value : ''
})
comparisonPanel(place('wallet'), portfolio.include)
exchangePanel(place('exchange'), demoKey ?? '')
document.documentElement.dataset['ready'] = 'true'
