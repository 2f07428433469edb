import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { growthOf, residentOf, tablesOf } from '../../bench/memory/resident.ts';
import { configuration } from '../../bench/memory.ts';
import { parseConfig } from '../../src/daemon/grammar.ts';

describe('memory as /proc tells of it', () => {
  it('is all that is resident, and what is of the process itself', () => {
    const status = 'VmPeak:\t  900 kB\nVmRSS:\t  122880 kB\nRssAnon:\t   51200 kB\nRssFile:\t  71680 kB\n';
    assert.deepEqual(residentOf(status), { all: 120, own: 50 });
  });

  it('of maps in the kernel counts each once', () => {
    const map = (id: number, bytes: number) => `pos:\t0\nmap_type:\t2\nmemlock:\t${bytes}\nmap_id:\t${id}\n`;
    assert.equal(tablesOf([map(1, 2 ** 20), map(1, 2 ** 20), map(2, 2 ** 21), 'pos:\t0\n']), 3);
  });

  it('grows by what the least of the last quarter is above the least of the second, a sample', () => {
    assert.equal(growthOf([10, 20, 60, 55, 50, 52, 90, 57]), 0.5);
    assert.equal(growthOf([10, 20, 60, 55, 50, 52, 54, 90]), -0.25);
    // A leak of 1 MiB a reload, below garbage of 30.
    const leaking = Array.from({ length: 40 }, (_, at) => 70 + at + (at % 5) * 6);
    assert.equal(growthOf(leaking), 1);
    assert.throws(() => growthOf([1, 2, 3]), /fewer than four samples/);
  });
});

describe('the pools of the memory scenario', () => {
  it('are configurations without a mistake, a hundred real servers in a virtual server', () => {
    const text = configuration({ realServers: 250, checks: true });
    const { config, diagnostics } = parseConfig(text, { file: 'bench.conf' });
    assert.deepEqual(diagnostics, []);
    const sizes = config?.virtualServers.map(({ realServers }) => realServers.length);
    assert.deepEqual(sizes, [100, 100, 50]);
  });
});
