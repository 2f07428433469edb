/** Others that do on this host, or on the segment, what xlb does. */
import type { Facts, HeardAdvert } from './facts.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';

const rivals: Readonly<Record<string, string>> = {
  keepalived: 'systemctl disable --now keepalived',
  ldirectord: 'systemctl disable --now ldirectord',
};

export const conflictChecks: readonly Check<Facts>[] = [
  {
    name: 'processes',
    look: ({ processes }) => {
      const found = processes.filter(({ name }) => Object.hasOwn(rivals, name));
      if (found.length === 0) return [ok('neither keepalived nor ldirectord runs')];
      return [...new Set(found.map(({ name }) => name))].map((name) => {
        const pids = found.filter((one) => one.name === name).map(({ pid }) => pid);
        return fail(`${name} runs (process ${pids.join(', ')})`, {
          means: 'both would hold the same addresses and balance the same services',
          cure: rivals[name] ?? `kill ${pids.join(' ')}`,
        });
      });
    },
  },
  { name: 'ip_vs', look: ({ files }) => [ipvs(files.read('/proc/net/ip_vs'))] },
  {
    name: 'virtual_routers',
    look: (facts) => {
      const { config, heard, listenedS } = facts;
      if (listenedS === undefined || config === undefined) return [];
      const strange = config.vrrpInstances.flatMap((one) =>
        heard
          .filter((advert) => advert.interface === one.interface.name)
          .filter((advert) => advert.virtualRouterId === one.virtualRouterId)
          .filter(({ addresses }) =>
            addresses.some((address) => address.includes(':') === (one.family === 6)),
          )
          .flatMap((advert) => rival(advert, new Set(one.addresses.map(({ address }) => address)))),
      );
      const routers =
        heard.length === 1
          ? '1 virtual router of others was'
          : `${heard.length || 'no'} virtual routers of others were`;
      const text = `${routers} heard in ${listenedS} s`;
      return strange.length > 0 ? strange : [ok(text)];
    },
  },
];

function ipvs(table: string | undefined): Finding {
  if (table === undefined) return ok('the kernel’s own balancer (ip_vs) is not loaded');
  const services = table.split('\n').filter((line) => /^(TCP|UDP|SCTP|FWM) /.test(line)).length;
  if (services === 0) return ok('the kernel’s own balancer (ip_vs) is loaded and empty');
  return fail(
    `the kernel’s own balancer (ip_vs) has ${services} ${services === 1 ? 'service' : 'services'}`,
    {
      means: 'packets that XDP leaves to the kernel are balanced by it, to real servers that nobody checks',
      cure: 'ipvsadm -C',
    },
  );
}

/** An advert of our virtual router by somebody with other addresses. */
function rival(
  { addresses, interface: on, source, virtualRouterId }: HeardAdvert,
  ours: ReadonlySet<string>,
): Finding[] {
  const others = addresses.filter((address) => !ours.has(address));
  if (others.length === 0) return [];
  return [
    fail(`${source} uses virtual_router_id ${virtualRouterId} on ${on} for ${others.join(', ')}`, {
      means: 'two clusters with one number take each other for their own master',
      cure: 'give one of them another virtual_router_id; its addresses must be the same on all its directors',
    }),
  ];
}

export const addressChecks: readonly Check<Facts>[] = [
  {
    name: 'configuration',
    look: ({ config, configFile }) =>
      config === undefined
        ? [
            warn(`${configFile} cannot run, or is not there`, {
              means: 'what depends on it was not looked at',
              cure: `xlb check ${configFile}`,
            }),
          ]
        : [ok(`${configFile} can run`)],
  },
  {
    name: 'virtual_addresses',
    look: ({ addresses, config, links, owned, processes }) => {
      if (config === undefined) return [];
      const rival = processes.find((one) => one.elsewhere !== true && Object.hasOwn(rivals, one.name))?.name;
      const virtual = new Set(
        config.vrrpInstances.flatMap((one) => one.addresses.map(({ address }) => address)),
      );
      const found = addresses.flatMap(({ address, index, prefix }) => {
        const on = links.find((link) => link.index === index)?.name ?? `interface ${index}`;
        if (!virtual.has(address) || owned.has(`${address} on ${on}`)) return [];
        // Taking it away would take the clients of a master away.
        if (rival !== undefined)
          return [
            warn(`${address} is on ${on} already, with ${rival} running`, {
              means: `${rival} has most likely set it, and takes it away when it is stopped`,
              cure: rivals[rival] ?? `stop ${rival}`,
            }),
          ];
        return [
          fail(`${address} is on ${on} already, and not by xlb`, {
            means: 'it stays there when another director is master: two answer for it',
            cure: `ip address delete ${address}/${prefix} dev ${on}`,
          }),
        ];
      });
      return found.length > 0 || virtual.size === 0
        ? found
        : [ok('no virtual address is here that xlb did not set')];
    },
  },
  {
    name: 'real_servers',
    look: ({ config, route }) => {
      const servers = new Set(
        (config?.virtualServers ?? []).flatMap((one) => one.realServers.map(({ address }) => address)),
      );
      const far = [...servers].flatMap((address) => reach(address, route(address)));
      return far.length > 0 || servers.size === 0
        ? far
        : [ok('every real server is on a segment of this director')];
    },
  },
];

function reach(address: string, route: ReturnType<Facts['route']>): Finding[] {
  if (route === undefined)
    return [
      fail(`there is no route to real server ${address}`, {
        means: 'it gets no packets',
        cure: `ip route get ${address} says why`,
      }),
    ];
  if (route.gateway === undefined) return [];
  return [
    fail(`real server ${address} is behind ${route.gateway}`, {
      means:
        'direct routing hands packets over on the segment: a router would send them back to the director',
      cure: 'give the director an interface in the segment of its real servers',
    }),
  ];
}
