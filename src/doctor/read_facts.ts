/** The facts of this host, in the network namespace that the process is in. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { basename } from 'node:path';
import type { Addon, Netlink, Route, XdpFeatures } from '../addon/addon.ts';
import type { Files, RunningProcess, XdpProgram } from './facts.ts';

export const kernelFiles: Files = {
  read(path) {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      return undefined;
    }
  },
  list(path) {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
  target(path) {
    try {
      return basename(readlinkSync(path));
    } catch {
      return undefined;
    }
  },
};

export function readHost(addon: Addon) {
  const netlink = new addon.Netlink();
  return {
    kernel: release(),
    node: process.versions.node,
    isRoot: process.geteuid?.() === 0,
    processors: availableParallelism(),
    files: kernelFiles,
    links: netlink.links(),
    addresses: netlink.addresses(),
    route: (address: string) => routeTo(netlink, address),
    xdp: xdpPrograms(),
    xdpFeatures: (index: number) => xdpFeatures(addon, index),
    processes: processes(kernelFiles),
  };
}

function routeTo(netlink: Netlink, address: string): Route | undefined {
  try {
    return netlink.route(address);
  } catch {
    return undefined;
  }
}

function xdpFeatures(addon: Addon, index: number): XdpFeatures | undefined {
  try {
    return addon.xdpFeatures(index);
  } catch {
    return undefined;
  }
}

/** In other containers, or of other users, too: by name only. */
export function processes({ list, read, target }: Files): RunningProcess[] {
  const here = target('/proc/self/ns/net');
  return list('/proc').flatMap((entry) => {
    const pid = /^\d+$/.test(entry) ? Number(entry) : undefined;
    const name = pid === undefined ? undefined : read(`/proc/${pid}/comm`);
    if (pid === undefined || name === undefined) return [];
    const namespace = target(`/proc/${pid}/ns/net`);
    const elsewhere = here !== undefined && namespace !== undefined && namespace !== here;
    return [{ pid, name, ...(elsewhere ? { elsewhere } : {}) }];
  });
}

/** By iproute2; undefined where that is not there. */
function xdpPrograms(): XdpProgram[] | undefined {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    return parseXdp(
      execFileSync('ip', ['-j', '-d', 'link', 'show'], { encoding: 'utf8', stdio: [...stdio] }),
    );
  } catch {
    return undefined;
  }
}

interface ShownLink {
  readonly ifname?: string;
  readonly xdp?: {
    readonly mode?: number;
    readonly prog?: { readonly id?: number; readonly name?: string };
    readonly attached?: readonly { readonly mode?: number; readonly prog?: { id?: number; name?: string } }[];
  };
}

/** XDP_ATTACHED_*: 1 in the driver, 2 generic, 3 in the hardware, 4 several. */
const modes = { 1: 'native', 2: 'generic', 3: 'offload' } as const;

/** What `ip -j link show` says of XDP. */
export function parseXdp(text: string): XdpProgram[] {
  return (JSON.parse(text) as ShownLink[]).flatMap(({ ifname = '', xdp }) => {
    if (xdp === undefined) return [];
    return (xdp.attached ?? [xdp]).flatMap(({ mode, prog }) => {
      const known = modes[mode as keyof typeof modes];
      if (known === undefined) return [];
      return [{ interface: ifname, name: prog?.name ?? 'unknown', id: prog?.id ?? 0, mode: known }];
    });
  });
}
