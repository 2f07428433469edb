import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withUnchanged } from '../../../src/daemon/plan/unchanged.ts';
import { configOf, realServerConfig, span, virtualServerConfig } from '../../helpers/sample_config.ts';

const [A, B] = ['10.0.0.2', '10.0.0.3'] as const;

describe('a configuration in which what has not changed is what it was', () => {
  it('has the very servers of before, though they moved in the file, and what is new', () => {
    const moved = { ...span, line: 7 };
    const same = virtualServerConfig([realServerConfig(A)]);
    const other = virtualServerConfig([realServerConfig(A), realServerConfig(B)], { port: 443 });
    const wanted = configOf([
      virtualServerConfig([realServerConfig(A, { span: moved })], { span: moved }),
      virtualServerConfig([realServerConfig(A, { span: moved }), realServerConfig(B, { weight: 9 })], {
        port: 443,
      }),
    ]);
    const [first, second] = withUnchanged(configOf([same, other]), wanted).virtualServers;
    assert.equal(first, same);
    assert.deepEqual(
      second?.realServers.map((one) => other.realServers.includes(one)),
      [true, false],
    );
    assert.equal(second?.realServers[1]?.weight, 9);
  });
});
