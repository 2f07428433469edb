import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathOf, readDatapathOrder } from '../../src/control/datapath.ts';

describe('an order for another data path', () => {
  it('names one of those that there are', () => {
    const read = ['auto', 'xdp', 'af_xdp', 'skb'].map((datapath) => readDatapathOrder({ datapath }));
    assert.deepEqual(
      read,
      ['auto', 'xdp', 'af_xdp', 'skb'].map((datapath) => ({ datapath })),
    );
  });

  it('is answered by what may be named, whatever else the body is', () => {
    const bodies = [undefined, null, 7, 'xdp', [], {}, { datapath: 'dpdk' }, { datapath: ['xdp'] }];
    const sentence = 'datapath must be one of auto, xdp, af_xdp, skb';
    assert.deepEqual(
      bodies.map(readDatapathOrder),
      bodies.map(() => sentence),
    );
  });
});

it('the data path of an interface has the words of xlb_datapath', () => {
  assert.deepEqual(
    [pathOf('native', undefined), pathOf('generic', undefined), pathOf('native', {}), pathOf('generic', {})],
    ['xdp', 'skb', 'af_xdp', 'af_xdp'],
  );
});
