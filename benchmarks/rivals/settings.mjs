/** What a rival is told by its environment: where to listen, whom to ask, and how long an answer may be repeated. */
const wanted = (name) => {
  const told = process.env[name];
  if (told === undefined) throw new Error(`${name} is not set`);
  return told;
};

export const settings = {
  port: Number(wanted("PORT")),
  xverse: { url: wanted("XVERSE_URL"), key: wanted("XVERSE_KEY") },
  solana: { url: wanted("SOLANA_URL"), key: wanted("SOLANA_KEY") },
  // Seconds; 0 reads everything anew.
  keepFor: Number(wanted("KEEP_FOR")),
  jit: process.env.JIT === "true",
  responseCache: process.env.RESPONSE_CACHE === "true",
};
