/** What a director needs of its host, one sentence and one cure each. */
import { release } from 'node:os';
import type { Addon } from '../addon/addon.ts';
import { XlbError } from '../base/errors.ts';

const BPF_MOUNT = '/sys/fs/bpf';
/** Debian 12's; everything that the packet path uses is in it. */
const OLDEST_KERNEL = { major: 6, minor: 1 } as const;

/** The facts, so that they can be others in a test. */
export interface HostFacts {
  readonly userId: number;
  /** As `uname -r` says it. */
  readonly kernel: string;
  readonly bpfMounted: boolean;
}

export function hostFacts(addon: Addon): HostFacts {
  return {
    userId: process.geteuid?.() ?? 0,
    kernel: release(),
    bpfMounted: addon.isBpfFilesystem(BPF_MOUNT),
  };
}

/** The first thing that is missing, or undefined where nothing is. */
export function missingRequirement({ userId, kernel, bpfMounted }: HostFacts): XlbError | undefined {
  if (userId !== 0) return new XlbError('NOT_ROOT', 'xlb needs root: run it with sudo');
  if (isTooOld(kernel))
    return new XlbError(
      'KERNEL_TOO_OLD',
      `xlb needs Linux ${OLDEST_KERNEL.major}.${OLDEST_KERNEL.minor} or newer, this is ${kernel}: boot a newer kernel`,
    );
  if (!bpfMounted)
    return new XlbError(
      'NO_BPFFS',
      `xlb needs a BPF file system on ${BPF_MOUNT}: mount -t bpf bpf ${BPF_MOUNT}`,
    );
  return undefined;
}

/** A release that does not begin with two numbers is given the benefit of the doubt: loading will tell. */
function isTooOld(kernel: string): boolean {
  const [major, minor] = (/^(\d+)\.(\d+)/.exec(kernel) ?? []).slice(1).map(Number);
  if (major === undefined || minor === undefined) return false;
  return major < OLDEST_KERNEL.major || (major === OLDEST_KERNEL.major && minor < OLDEST_KERNEL.minor);
}
