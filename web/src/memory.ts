/** What GraphiQL remembers, kept only while the page is open: its history would write headers, keys among them, to disk. */
const items = new Map<string, string>();

export const memory = {
  get length() {
    return items.size;
  },
  getItem: (key: string) => items.get(key) ?? null,
  setItem: (key: string, text: string) => void items.set(key, text),
  removeItem: (key: string) => void items.delete(key),
  clear: () => items.clear(),
};
