import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Status, StatusQuestion, VirtualServerStatus } from '../../src/control/status.ts';
import { routesOf, type Served } from '../../src/daemon/routes.ts';

function answerTo(query: string, virtualServers: readonly VirtualServerStatus[]) {
  const asked: StatusQuestion[] = [];
  const served = {
    async status(question: StatusQuestion) {
      asked.push(question);
      return { virtual_servers: virtualServers } as Status;
    },
  };
  const noReloading = { reload: () => assert.fail('no reload'), plan: () => assert.fail('no plan') };
  const route = routesOf(served as unknown as Served, noReloading)['GET /status'];
  return { answer: route?.(undefined, new URLSearchParams(query)), asked };
}

describe('GET /status', () => {
  it('hands on what is asked for', async () => {
    const { answer, asked } = answerTo('history=&virtual_server=%5Bfd00%3A%3A1%5D%3A80', [
      {} as VirtualServerStatus,
    ]);
    assert.deepEqual(await answer, { code: 200, body: { virtual_servers: [{}] } });
    assert.deepEqual(asked, [{ history: true, virtualServer: '[fd00::1]:80' }]);
  });

  it('is 404 where there is no such virtual server, and not where none is named', async () => {
    assert.deepEqual(await answerTo('virtual_server=10.0.0.9', []).answer, {
      code: 404,
      body: { error: 'Cannot find a virtual server 10.0.0.9' },
    });
    assert.deepEqual(await answerTo('', []).answer, { code: 200, body: { virtual_servers: [] } });
  });
});
