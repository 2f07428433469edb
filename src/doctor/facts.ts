/** What the doctor knows of a host: read once, so that the checks are pure. */
import type { HostAddress, Link, Route, XdpFeatures } from '../addon/addon.ts';
import type { Config } from '../config/model.ts';

/** Of the file systems of the kernel. */
export interface Files {
  /** Trimmed; undefined where it cannot be read. */
  read(path: string): string | undefined;
  /** Names in a folder; none where it is not there. */
  list(path: string): readonly string[];
  /** The last part of what a link points to. */
  target(path: string): string | undefined;
}

export interface RunningProcess {
  readonly pid: number;
  readonly name: string;
  /** In another network namespace: the addresses here are none of its. */
  readonly elsewhere?: true;
}

export interface XdpProgram {
  readonly interface: string;
  readonly name: string;
  readonly id: number;
  readonly mode: 'native' | 'generic' | 'offload';
}

/** An interface on which the running director has AF_XDP sockets that forward. */
export interface AfXdpInterface {
  readonly interface: string;
  readonly zeroCopy: boolean;
}

export interface HeardAdvert {
  readonly interface: string;
  readonly source: string;
  readonly virtualRouterId: number;
  readonly version: number;
  readonly priority: number;
  readonly addresses: readonly string[];
}

export interface Facts {
  /** As `uname -r`. */
  readonly kernel: string;
  readonly node: string;
  readonly isRoot: boolean;
  readonly processors: number;
  readonly files: Files;
  readonly links: readonly Link[];
  readonly addresses: readonly HostAddress[];
  /** Undefined where there is none. */
  readonly route: (address: string) => Route | undefined;
  /** Undefined: nobody could say. */
  readonly xdp: readonly XdpProgram[] | undefined;
  /** Undefined: nobody could say. */
  readonly xdpFeatures: (index: number) => XdpFeatures | undefined;
  /** None where none runs, or it forwards in another way. */
  readonly afXdp: readonly AfXdpInterface[];
  /** By the name of their program. */
  readonly processes: readonly RunningProcess[];
  /** Why the host cannot run xlb at all; the first that was found. */
  readonly requirement: { readonly message: string } | undefined;
  /** 'ADDRESS on INTERFACE' of those that xlb put there. */
  readonly owned: ReadonlySet<string>;
  /** Undefined where the file cannot run. */
  readonly config: Config | undefined;
  readonly configFile: string;
  /** Seconds that were listened; undefined: not at all. */
  readonly listenedS: number | undefined;
  readonly heard: readonly HeardAdvert[];
}

/** A setting of the kernel, as sysctl(8) names it; slashes where an interface's name has dots. */
export function sysctl({ files }: Pick<Facts, 'files'>, name: string): string | undefined {
  return files.read(`/proc/sys/${name.includes('/') ? name : name.replaceAll('.', '/')}`);
}

/** Those that the configuration uses and the host has. */
export function configuredLinks({ config, links }: Facts): Link[] {
  if (config === undefined) return [];
  const names = new Set([
    ...config.vrrpInstances.flatMap((one) => [
      one.interface.name,
      ...one.addresses.map((address) => address.interface),
    ]),
    ...config.global.interfaces.map(({ name }) => name),
  ]);
  return links.filter(({ name }) => names.has(name));
}
