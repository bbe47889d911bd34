/** The contract's part that is asked for, with the resolvers that Apollo Server, Yoga and Mercurius share. */
import { makeExecutableSchema } from "@graphql-tools/schema";
import { runes, tokenAccount } from "./balances.mjs";

export const typeDefs = /* GraphQL */ `
  scalar Address
  scalar BigInt
  scalar Decimal

  enum Outcome {
    FRESH
    STALE
    ABSENT
    UNAVAILABLE
  }

  enum Precision {
    EXACT
    PROVIDER_FLOAT
  }

  type Amount {
    atomic: BigInt
    scale: Int
    display: Decimal!
    precision: Precision!
  }

  type Rune {
    id: ID!
    name: String!
    symbol: String!
    divisibility: Int!
  }

  type RuneBalance {
    rune: Rune!
    amount: Amount!
    spendable: Amount
  }

  type RuneConnection {
    outcome: Outcome!
    nodes: [RuneBalance!]
  }

  type Account {
    address: Address!
    runes: RuneConnection
  }

  type TokenAccount {
    address: Address!
    outcome: Outcome!
    amount: Amount
  }

  type Query {
    accounts(addresses: [Address!]!): [Account!]!
    tokenAccounts(addresses: [Address!]!): [TokenAccount!]!
  }
`;

export const schema = makeExecutableSchema({
  typeDefs,
  resolvers: {
    Query: {
      accounts: (_, { addresses }) => addresses.map((address) => ({ address })),
      tokenAccounts: (_, { addresses }, asked) => addresses.map((address) => tokenAccount(address, asked)),
    },
    Account: { runes: ({ address }, _, asked) => runes(address, asked) },
  },
});
