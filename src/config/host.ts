/** What a configuration asks of the host that runs it. Pure: the host's links are an argument. */
import { type Diagnostic, Diagnostics, quote } from './diagnostic.ts';
import type { Config, NamedInterface } from './model.ts';
import { nearest } from './suggest.ts';

/** An error for every interface that `config` names and `links` lacks, in the order of the file. */
export function validateAgainstHost(
  config: Config,
  links: readonly { readonly name: string }[],
): Diagnostic[] {
  const present = new Set(links.map(({ name }) => name));
  const diagnostics = new Diagnostics();
  diagnostics.opened(config.file);
  for (const { name, span } of namedInterfaces(config)) {
    if (present.has(name)) continue;
    const near = nearest(name, present);
    diagnostics.error('NO_SUCH_INTERFACE', span, {
      message: `Cannot use interface ${quote(name)}: this host has none of that name`,
      help:
        near === undefined
          ? `it has ${[...present].slice(0, 12).join(', ') || 'none'}`
          : `did you mean "${near}"?`,
    });
  }
  return diagnostics.list();
}

function namedInterfaces({ global, vrrpInstances }: Config): NamedInterface[] {
  return [
    ...global.interfaces,
    ...vrrpInstances.flatMap((instance) => [
      instance.interface,
      ...instance.addresses.flatMap(({ interface: name, interfaceSpan: span }) =>
        span ? [{ name, span }] : [],
      ),
    ]),
  ];
}
