/** Kernel, file systems and what else the packet path stands on. */
import type { Facts } from './facts.ts';
import { sysctl } from './facts.ts';
import { type Check, fail, ok, warn } from './finding.ts';

export const kernelChecks: readonly Check<Facts>[] = [
  {
    name: 'requirements',
    look: ({ kernel, node, requirement }) => {
      if (requirement === undefined) return [ok(`Linux ${kernel}, Node.js ${node}, BPF file system`)];
      const [text = '', cure = ''] = requirement.message.split(': ');
      return [fail(text, { means: 'xlb run would not start', cure })];
    },
  },
  {
    name: 'btf',
    look: ({ files }) =>
      files.list('/sys/kernel/btf').includes('vmlinux')
        ? [ok('the kernel describes its types (BTF)')]
        : [
            fail('the kernel does not describe its types: there is no /sys/kernel/btf/vmlinux', {
              means: 'the XDP program cannot be fitted to this kernel',
              cure: 'boot a kernel with CONFIG_DEBUG_INFO_BTF=y; those of the distributions have it',
            }),
          ],
  },
  {
    name: 'bpf_jit',
    look: (facts) => {
      const value = sysctl(facts, 'net.core.bpf_jit_enable');
      if (value !== '0') return [ok('BPF programs are compiled')];
      return [
        warn('BPF programs are interpreted (net.core.bpf_jit_enable is 0)', {
          means: 'each packet costs several times as much',
          cure: 'sysctl -w net.core.bpf_jit_enable=1',
        }),
      ];
    },
  },
  {
    name: 'memory_lock',
    look: ({ config, files, isRoot }) => {
      if (config?.global.vrrp.noSwap !== true) return [];
      const limit = /^Max locked memory +(\S+)/m.exec(files.read('/proc/self/limits') ?? '')?.[1];
      if (isRoot || limit === 'unlimited') return [ok('memory can be locked (vrrp_no_swap)')];
      return [
        warn(`no more than ${limit} bytes of memory can be locked`, {
          means: 'vrrp_no_swap has no effect',
          cure: 'LimitMEMLOCK=infinity in the unit, or ulimit -l unlimited',
        }),
      ];
    },
  },
  {
    name: 'privileges',
    look: ({ isRoot }) =>
      isRoot
        ? []
        : [
            warn('this is not root', {
              means: 'some things cannot be seen: programs of others, adverts',
              cure: 'sudo xlb doctor',
            }),
          ],
  },
];
