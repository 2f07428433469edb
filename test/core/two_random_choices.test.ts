/** twos draws: only its odds can be tested. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptiedEngine, engineKinds } from '../helpers/engines.ts';
import { frameBytes } from '../helpers/frames.ts';
import { director, tcp, virtualServer } from '../helpers/packets.ts';

/** Active connections of each real server, head first, after so many were opened. */
function spread(kind: 'core' | 'kernel', pool: string, connections: number): number[] {
  const engine = emptiedEngine(kind, 16_384);
  engine.setVirtualServer(virtualServer(`TCP 10.0.0.100:80 twos ${pool}`));
  for (let index = 0; index < connections; index++)
    engine.run(frameBytes(tcp('S', `10.2.${index >> 8}.${index & 255}:9`)), director.ingress);
  return engine.virtualServers().flatMap(({ destinations }) => destinations.map(({ active }) => active));
}

for (const { kind, skip } of engineKinds)
  describe(`twos in the ${kind} engine`, { skip }, () => {
    it('spreads connections far more evenly than single draws would', () => {
      const counts = spread(kind, 'rs1*1 rs2*1 rs3*1 rs4*1', 2000);
      assert.equal(
        counts.reduce((a, b) => a + b),
        2000,
      );
      // Single draws: a standard deviation of 19. Two choices: a few, whatever the number.
      for (const count of counts) assert.ok(Math.abs(count - 500) <= 12, `${counts}`);
    });

    it('spreads them by weight', () => {
      const counts = spread(kind, 'rs1*1 rs2*2 rs3*5', 1600);
      for (const [index, count] of [200, 400, 1000].entries())
        assert.ok(Math.abs((counts[index] ?? 0) - count) <= 20, `${counts}`);
    });
  });
