/** A person's wallet, by sats-connect: which are here, which address it speaks of, and what it says that is there. */
import {
  AddressPurpose,
  BaseAdapter,
  defaultAdapters,
  getProviderById,
  getProviders,
  getSupportedWallets,
  isProviderInstalled,
  RpcErrorCode,
  type Params,
  type Requests,
  type Return,
} from 'sats-connect'

import { Nonsense, rowsOf, type Row } from './answer'

// Older wallets have but this name for themselves.
const UNNAMED = { id: 'BitcoinProvider', name: 'Bitcoin wallet' }
const SAID_TO_PERSON = 'This page compares your runes with what an indexer says.'
// Seconds that a person may think, and that a wallet may work. Wallets may stay silent for ever.
const PERSON_S = 120
const WALLET_S = 10

export interface Installed {
  readonly id: string
  readonly name: string
}

/** Why the wallet gave nothing; its message says what the person can do about it. */
export class WalletTrouble extends Error {
  constructor(
    message: string,
    readonly code: number | null = null,
  ) {
    super(message)
  }
}

/** The wallets that put themselves on this page. */
export function installedWallets(): readonly Installed[] {
  const found = new Map<string, Installed>()
  for (const { id, name } of [...getSupportedWallets(), ...getProviders()])
    if (!found.has(id) && isProviderInstalled(id)) found.set(id, { id, name })
  if (found.size === 0 && isProviderInstalled(UNNAMED.id)) found.set(UNNAMED.id, UNNAMED)
  return [...found.values()]
}

/** A wallet that let the page read one account. */
export class Session {
  private constructor(
    private readonly adapter: BaseAdapter,
    private readonly id: string,
    /** The taproot address: what the wallet says is of this one alone. */
    readonly address: string,
    /** Whether the wallet can be asked which account is selected, and tells when that changes. */
    readonly tellsChanges: boolean,
  ) {}

  /** Ask the person; wallets from before `wallet_connect` are asked for their accounts instead. */
  static async open(id: string): Promise<Session> {
    const Adapter = defaultAdapters[id as keyof typeof defaultAdapters]
    const adapter = (Adapter ? new Adapter() : new BaseAdapter(id)) as BaseAdapter
    const purposes = [AddressPurpose.Ordinals]
    try {
      const { addresses } = await asked(adapter, 'wallet_connect', { addresses: purposes, message: SAID_TO_PERSON }, PERSON_S)
      return new Session(adapter, id, taproot(addresses), true)
    } catch (trouble) {
      if (!isUnknownMethod(trouble)) throw trouble
    }
    const accounts = await asked(adapter, 'getAccounts', { purposes, message: SAID_TO_PERSON }, PERSON_S)
    return new Session(adapter, id, taproot(accounts), false)
  }

  /** What is at the address. Raises `WalletTrouble`, also where another account was selected while it was asked. */
  async runes(): Promise<readonly Row[]> {
    const result = await asked(this.adapter, 'runes_getBalance', null, WALLET_S)
    if (this.tellsChanges) {
      const { addresses } = await asked(this.adapter, 'wallet_getAccount', null, WALLET_S)
      if (taproot(addresses) !== this.address) throw new WalletTrouble('Another account is selected in the wallet.')
    }
    try {
      return rowsOf(result)
    } catch (wrong) {
      if (wrong instanceof Nonsense) throw new WalletTrouble(`The wallet's answer cannot be used. ${wrong.message}`)
      throw wrong
    }
  }

  /** Call back when what the wallet said no longer holds; returns how to stop. */
  onChange(changed: () => void): () => void {
    const provider: unknown = getProviderById(this.id)
    if (typeof provider !== 'object' || provider === null || !('addListener' in provider)) return () => {}
    const names = ['accountChange', 'networkChange', 'disconnect'] as const
    const stops = names.map((eventName) => this.adapter.addListener({ eventName, cb: changed }))
    return () => stops.forEach((stop) => stop())
  }

  /** Hand the permission back; a wallet that knows none is simply left. */
  async close(): Promise<void> {
    if (this.tellsChanges) await asked(this.adapter, 'wallet_disconnect', null, WALLET_S).catch(() => {})
  }
}

async function asked<Method extends keyof Requests>(
  adapter: BaseAdapter,
  method: Method,
  params: Params<Method>,
  seconds: number,
): Promise<Return<Method>> {
  const response = await Promise.race([adapter.request(method, params), silence(seconds)]).catch((cause: unknown) => {
    if (cause instanceof WalletTrouble) throw cause
    throw new WalletTrouble('The wallet broke off.')
  })
  if (response?.status === 'success') return response.result as Return<Method>
  throw response ? inWords(response.error.code, response.error.message) : new WalletTrouble('The wallet gave no answer.')
}

function silence(seconds: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new WalletTrouble(`The wallet said nothing for ${seconds} seconds.`)), seconds * 1000)
  })
}

function inWords(code: number, message: string): WalletTrouble {
  switch (code) {
    case RpcErrorCode.USER_REJECTION:
      return new WalletTrouble('You refused in the wallet. Nothing was read.', code)
    case RpcErrorCode.ACCESS_DENIED:
      return new WalletTrouble('The wallet does not let this page read the account: connect again.', code)
    case RpcErrorCode.METHOD_NOT_FOUND:
    case RpcErrorCode.METHOD_NOT_SUPPORTED:
      return new WalletTrouble(`This wallet cannot do it: ${message}`, code)
    default:
      return new WalletTrouble(`The wallet failed: ${message}`, code)
  }
}

function isUnknownMethod(trouble: unknown): boolean {
  const codes: readonly unknown[] = [RpcErrorCode.METHOD_NOT_FOUND, RpcErrorCode.METHOD_NOT_SUPPORTED]
  return trouble instanceof WalletTrouble && codes.includes(trouble.code)
}

function taproot(addresses: readonly { readonly address: string; readonly purpose: string }[]): string {
  const found = addresses.find(({ purpose }) => purpose === 'ordinals')
  if (!found) throw new WalletTrouble('The wallet gave no taproot address.')
  return found.address
}
