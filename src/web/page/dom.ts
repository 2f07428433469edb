/**
 * The few things the page does with the document. Text goes in as text only: names and check answers come from
 * configurations and from servers that may be hostile, and nothing here reads markup.
 */

type Children = readonly (Node | string)[];

/** An element with attributes and children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  children: Children | string = [],
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...(typeof children === 'string' ? [children] : children));
  return made;
}

/** What index.html has under this id; it is a fault of ours where it has not. */
export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found as Kind;
}

/** Only where it differs: most numbers of a quiet director stay as they are. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node: Element, name: string, value: string): void {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** A button that does something; the label is also what a screen reader says. */
export function button(label: string, act: () => void, className = ''): HTMLButtonElement {
  const made = make('button', { type: 'button', class: className }, label);
  made.addEventListener('click', (event) => {
    event.stopPropagation();
    act();
  });
  return made;
}

/** Terms with what they are. */
export function factList(
  facts: readonly (readonly [term: string, value: Node | string])[],
): HTMLDListElement {
  return make(
    'dl',
    { class: 'facts' },
    facts.flatMap(([term, value]) => [make('dt', {}, term), make('dd', {}, [value])]),
  );
}
