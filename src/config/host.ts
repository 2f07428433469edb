/** What a configuration asks of the host that runs it. Pure: the host's links are an argument. */
import { type Diagnostic, Diagnostics, quote } from './diagnostic.ts';
import type { Config, NamedInterface, VirtualAddressConfig } from './model.ts';
import { nearest } from './suggest.ts';

/**
 * Every interface that `config` names and `links` lacks, in the order of the file: an error where something could
 * not run without it, a warning where it is left out, or waited for (dynamic_interfaces).
 */
export function validateAgainstHost(
  config: Config,
  links: readonly { readonly name: string }[],
): Diagnostic[] {
  const present = new Set(links.map(({ name }) => name));
  const made = new Set(config.vrrpInstances.flatMap(({ vmac }) => (vmac ? [vmac.name] : [])));
  const diagnostics = new Diagnostics();
  diagnostics.opened(config.file);
  const waits = config.global.vrrp.dynamicInterfaces;
  for (const { name, span, instead } of [...needed(config, waits), ...dispensable(config)]) {
    if (present.has(name) || made.has(name)) continue;
    const near = nearest(name, present);
    const message = `Cannot use interface ${quote(name)}: this host has none of that name`;
    const help =
      near === undefined
        ? `it has ${[...present].slice(0, 12).join(', ') || 'none'}`
        : `did you mean "${near}"?`;
    if (instead === undefined) diagnostics.error('NO_SUCH_INTERFACE', span, { message, help });
    else diagnostics.warning('NO_SUCH_INTERFACE', span, { message: `${message}; ${instead}`, help });
  }
  return diagnostics.list();
}

type Needed = NamedInterface & { readonly instead?: string };

const alsoNamed = (addresses: readonly VirtualAddressConfig[]): NamedInterface[] =>
  addresses.flatMap(({ interface: name, interfaceSpan: span }) => (span ? [{ name, span }] : []));

function needed({ global, vrrpInstances, static: fixed }: Config, waits: boolean): Needed[] {
  const ofVrrp = [
    ...vrrpInstances.flatMap((one) => [one.interface, ...alsoNamed(one.addresses)]),
    ...alsoNamed(fixed.addresses),
  ];
  const instead = 'it is waited for';
  return [...global.interfaces, ...(waits ? ofVrrp.map((one) => ({ ...one, instead })) : ofVrrp)];
}

/** As in keepalived, only the line itself comes to nothing. */
function dispensable({ vrrpInstances, vrrpSyncGroups, static: fixed }: Config): Needed[] {
  const tracked = [...vrrpInstances, ...vrrpSyncGroups].flatMap(({ tracking }) => tracking.interfaces);
  const routes = [...vrrpInstances.flatMap((one) => one.routes), ...fixed.routes];
  return [
    ...tracked.map(({ name, span }) => ({ name, span, instead: 'it counts as down' })),
    ...routes.flatMap(({ interface: named }) =>
      named ? [{ ...named, instead: 'the route cannot be added' }] : [],
    ),
  ];
}
