/**
 * A driver of real network interfaces: virtio-net with two queues, in a VM with each of two kernels of Debian. The
 * older one copies the frames of AF_XDP, the newer one does not.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fetchedKernel, type Kernel, runInVm } from '../../bench/vm/machine.ts';
import { builtAddon, command, needs } from '../helpers/needs.ts';
import type { Found, VirtioResult } from './virtio_guest.ts';
import { nics, refusing } from './virtio_nics.ts';

const programs = ['qemu-system-x86_64', 'unshare', 'ip', 'nsenter', 'ethtool', 'sysctl'];
interface Row {
  readonly kernel: Kernel;
  readonly zeroCopy: boolean;
  /** Has a third interface, whose driver refuses XDP. */
  readonly third: boolean;
  /** Takes a program at tc without a qdisc. */
  readonly tcx: boolean;
}
const kernels: readonly Row[] = [
  { kernel: 'vm', zeroCopy: false, third: true, tcx: false },
  { kernel: 'vm_new', zeroCopy: true, third: false, tcx: true },
];
const root = () => (process.getuid?.() === 0 ? false : 'root');

describe('virtio-net', { timeout: 960_000 }, () => {
  for (const row of kernels) onKernel(row);
});

function onKernel({ kernel, zeroCopy, third, tcx }: Row): void {
  const skip = needs(root, builtAddon, () => fetchedKernel(kernel), ...programs.map(command));
  const how = zeroCopy ? 'zero-copy' : 'copies';

  describe(`in build/${kernel}`, { skip, timeout: 480_000, concurrency: 1 }, () => {
    let result: VirtioResult;
    let ran = { accelerator: '', seconds: 0 };

    before(async () => {
      const words = third ? ['eth1'] : [];
      const job = {
        file: 'test/vm/virtio_guest.js',
        words,
        kernel,
        nics: third ? [...nics, refusing] : nics,
      };
      const run = await runInVm(job);
      result = run.result as VirtioResult;
      ran = run;
    });

    const at = (step: string): Found => {
      const found = result.found.find((one) => one.step === step);
      assert.ok(found !== undefined, `${step} was not told`);
      // With zero-copy it counts how often the driver found no buffer, which is no loss (docs/datapath.md).
      const { fill_empty = 0, ...lost } = found.lost;
      return { ...found, lost: zeroCopy || fill_empty === 0 ? lost : found.lost };
    };
    /** What is there of eth0, and how it went on. */
    const onEth0 = (step: string) => {
      const { interfaces, queues, failed, kept, spread, lost } = at(step);
      const [one] = interfaces.filter(({ name }) => name === 'eth0');
      return { one, queues, failed, kept, spread, lost };
    };
    const fine = { failed: [], kept: 10, spread: { '10.77.0.11': 10, '10.77.0.12': 10 }, lost: {} };
    const name = 'eth0';
    const inDriver = {
      ...fine,
      one: { name, mode: 'native', holding_queues: 2 },
      queues: { sent: [0, 1], handedOver: [] },
    };
    const behindDriver = { ...fine, queues: { sent: [], handedOver: [] } };
    const toThreads = {
      ...fine,
      one: { name, mode: 'native', af_xdp: { queues: 2, zero_copy: zeroCopy } },
      queues: { sent: [], handedOver: [0, 1] },
    };

    it('forwards in the driver, on both queues', (test) => {
      const { accelerator, seconds } = ran;
      const times = Object.entries(result.at).map(([step, when]) => `${step} ${when} s`);
      test.diagnostic(`Linux ${result.kernel}, ${accelerator}, ${seconds} s (${times.join(', ')})`);
      assert.deepEqual(onEth0('begin'), inDriver);
    });

    it('forwards behind the driver, and comes back into it, under load: no connection is lost', () => {
      const one = { name, mode: 'generic', holding_queues: 2 };
      assert.deepEqual(onEth0('skb'), { ...behindDriver, one });
      assert.deepEqual(onEth0('af_xdp after skb'), toThreads);
      assert.deepEqual(onEth0('skb again'), { ...behindDriver, one });
      assert.deepEqual(onEth0('xdp'), inDriver);
    });

    it('forwards at tc while its mode changes, or says why not', () => {
      const cannot =
        'without (cannot forward at tc on eth0 while it has no XDP: this kernel has no tcx (Linux 6.6 has))';
      assert.deepEqual(result.meanwhile, Array(4).fill(tcx ? 'at tc' : cannot));
    });

    it(`changes to AF_XDP (${how}) and back under load, on both queues, and loses no connection`, () => {
      assert.deepEqual(onEth0('af_xdp'), toThreads);
      assert.deepEqual(onEth0('xdp again'), inDriver);
      assert.deepEqual(onEth0('af_xdp again'), toThreads);
    });

    it('goes on when the driver refuses another number of queues', () => {
      assert.match(at('fewer queues').said.join(' '), /AF_XDP/);
      assert.deepEqual(onEth0('fewer queues'), toThreads);
    });

    it('goes on when the link was down', () => {
      assert.deepEqual(onEth0('flap'), toThreads);
    });

    it('leaves the kernel forwarding, in the driver, when its process is killed', () => {
      const { one: _, ...nobodySays } = inDriver;
      assert.deepEqual(onEth0('kill'), { ...nobodySays, one: undefined });
    });

    it('forwards by AF_XDP behind the driver, too, under load', { skip: !third }, () => {
      const onEth1 = (step: string) => {
        const { interfaces, queues, failed, kept, spread, lost } = at(step);
        const [one] = interfaces.filter((each) => each.name === 'eth1').map(({ reason: _, ...rest }) => rest);
        return { one, queues, failed, kept, spread, lost };
      };
      const generic = { name: 'eth1', mode: 'generic' } as const;
      assert.deepEqual(
        [onEth1('eth1 xdp'), onEth1('eth1 af_xdp')],
        [
          { ...behindDriver, one: { ...generic, holding_queues: 2 } },
          { ...behindDriver, one: { ...generic, af_xdp: { queues: 2, zero_copy: false } } },
        ],
      );
    });

    it('falls back to generic mode where the driver refuses, and says why', { skip: !third }, () => {
      const [eth1] = at('begin').interfaces.filter((one) => one.name === 'eth1');
      assert.equal(eth1?.mode, 'generic');
      assert.match(eth1?.reason ?? '', /^attach native XDP to eth1: .* disable GRO_HW/);
    });
  });
}
