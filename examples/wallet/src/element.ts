/** Elements of the page, made in one call each. */
type Child = Node | string | null | undefined

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return dressed(document.createElement(tag), attributes, children)
}

export function drawn<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return dressed(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children)
}

/** One of the elements that the page's own HTML has. */
export function place(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`there is no #${id}`)
  return found
}

/** A table that scrolls by itself where it is too wide, and can then be reached by keyboard. */
export function table(caption: string, headings: readonly string[], rows: readonly Node[]): HTMLElement {
  return element(
    'div',
    { class: 'wide', tabindex: '0', role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...headings.map((each) => element('th', { scope: 'col' }, each)))),
      element('tbody', {}, ...rows),
    ),
  )
}

function dressed<Made extends Element>(made: Made, attributes: Readonly<Record<string, string>>, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children.filter((each) => each !== null && each !== undefined))
  return made
}
