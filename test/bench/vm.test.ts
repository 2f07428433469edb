import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingSign } from '../../bench/vm/machine.ts';
import { vmFigures } from '../../bench/vm.ts';

describe('the figures of the VM', () => {
  it('hold xlb to its bounds and IPVS against it, round by round', () => {
    const figures = vmFigures({
      floor: [306],
      'xlb established': [500, 520, 530],
      'xlb new': [901],
      'ipvs established': [5_000, 5_200, 5_300],
      'ipvs new': [6_307],
    });
    assert.deepEqual(
      figures.map(({ name, median, ok }) => [name, median, ok]),
      [
        ['an empty program that sends the frame back', 306, undefined],
        ['xlb, established, 1,152 flows', 520, true],
        ['xlb, new connections', 901, false],
        ['IPVS, established, 1,152 flows', 5_200, undefined],
        ['IPVS, new connections', 6_307, undefined],
        ['IPVS takes how many times as many, established', 10, undefined],
        ['IPVS takes how many times as many, new', 7, undefined],
      ],
    );
  });
});

describe('a VM', () => {
  it('under a KVM that does not work is given up after five seconds, an emulated one much later', () => {
    const missing = (console: string, seconds: number) =>
      (['kvm', 'tcg'] as const).map((one) => missingSign(one, console, seconds * 1_000)?.text);
    assert.deepEqual(
      [missing('', 4), missing('', 6), missing('Linux version 6.1', 6), missing('Linux version 6.1', 16)],
      [
        [undefined, undefined],
        ['Linux version', undefined],
        [undefined, undefined],
        ['xlb-vm: up', undefined],
      ],
    );
    assert.deepEqual(missing('Linux version 6.1\nxlb-vm: up\n', 100), [undefined, undefined]);
    assert.deepEqual(missing('', 100), ['Linux version', 'xlb-vm: up']);
  });
});
