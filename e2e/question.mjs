/** One question that every client asks, and what the sandbox holds. */
export const ADDRESS = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK";

export const QUESTION = /* GraphQL */ `
  query Held($address: Address!) {
    tokenAccount(address: $address) {
      outcome
      amount {
        atomic
        scale
        display
      }
    }
  }
`;

export const HELD = { outcome: "FRESH", amount: { atomic: "9864", scale: 2, display: "98.64" } };

/** Half of it fails: no rune has such an id. */
export const PARTLY = /* GraphQL */ `
  query Partly {
    limits {
      maxDepth
    }
    rune(id: "not a rune") {
      name
    }
  }
`;
