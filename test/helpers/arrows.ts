/** Which folder may import which: the arrows of the architecture, as data for tidy.test.ts. */

const model = ['base', 'config'];
const hostLevel = [...model, 'addon'];
const moduleLevel = [...hostLevel, 'host', 'dataplane'];
const everyModule = [
  'vrrp',
  'check',
  'bfd',
  'director',
  'notify',
  'metrics',
  'control',
  'web',
  'ipvsadm',
  'demo',
  'doctor',
];

/** Folder of src/ -> the folders it may import besides itself. */
export const sourceArrows: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: ['base'],
  addon: ['base'],
  host: hostLevel,
  dataplane: [...hostLevel, 'host'],
  vrrp: moduleLevel,
  check: moduleLevel,
  bfd: moduleLevel,
  director: moduleLevel,
  notify: moduleLevel,
  metrics: [...moduleLevel, 'check', 'control', 'vrrp'],
  control: moduleLevel,
  web: [...moduleLevel, 'control', 'metrics'],
  ipvsadm: [...moduleLevel, 'control'],
  demo: [...moduleLevel, 'control'],
  doctor: hostLevel,
  daemon: [...moduleLevel, ...everyModule],
  cli: [...moduleLevel, ...everyModule, 'daemon'],
  'main.ts': [...moduleLevel, ...everyModule, 'daemon', 'cli'],
};

const bpfShared = ['bpf/shared'];
const bpfCore = [...bpfShared, 'bpf/core'];
const nativeBase = [...bpfShared, 'native/base'];
const nativeLow = [...bpfCore, 'bpf', 'native/base', 'native/host', 'native/tables', 'native/kernel'];

/** Folder (or file) of native/ or bpf/ -> the folders whose headers it may include besides its own. */
export const includeArrows: Readonly<Record<string, readonly string[]>> = {
  'bpf/shared': [],
  'bpf/core': [...bpfShared, 'bpf/core/schedulers'],
  // The seam to the kernel: the one place in the core that knows the BPF maps.
  'bpf/core/platform_kernel.h': ['bpf/core', 'bpf'],
  'bpf/core/schedulers': bpfCore,
  bpf: [...bpfCore, 'bpf/core/schedulers'],
  'native/base': bpfShared,
  'native/host': nativeBase,
  'native/kernel': nativeLow,
  'native/tables': nativeLow,
  'native/datapath': [...nativeLow, 'native/datapath/af_xdp'],
  'native/datapath/af_xdp': nativeLow,
  'native/generator': [...nativeLow, 'native/datapath/af_xdp'],
  'native/bench': [...nativeLow, 'native/datapath'],
  'native/binding': [...nativeLow, 'native/datapath', 'native/datapath/af_xdp', 'native/generator'],
};
