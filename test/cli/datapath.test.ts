import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { datapathCommand, datapathScreen } from '../../src/cli/datapath.ts';
import { completeStatus } from '../helpers/complete_status.ts';

describe('xlb datapath', () => {
  it('shows what forwards, on which queues, what AF_XDP counted, and why nothing waits', () => {
    assert.equal(
      datapathScreen(completeStatus()),
      [
        'Data path: af_xdp',
        'eth0: generic XDP (driver), AF_XDP on 1 queue (copy)',
        'Packets without a neighbour are dropped: this kernel has no AF_XDP',
        '',
        'AF_XDP       Frames',
        'receive_full      1',
      ].join('\n'),
    );
  });

  it('is short where nothing was counted and everything waits', () => {
    const { af_xdp: _, not_held: __, datapath: ___, ...status } = completeStatus();
    assert.equal(
      datapathScreen({ ...status, interfaces: [{ name: 'eth0', mode: 'native', holding_queues: 2 }] }),
      'Data path: unknown\neth0: native XDP',
    );
  });

  it('asks for a mode where there is none to set', async () => {
    await assert.rejects(datapathCommand().parseAsync(['set'], { from: 'user' }), {
      message: 'Cannot set the data path: no mode is named',
      code: 'USAGE',
    });
  });
});
