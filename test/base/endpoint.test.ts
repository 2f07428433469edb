import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatEndpoint } from '../../src/base/endpoint.ts';

it('an endpoint has IPv6 in brackets before its port', () => {
  assert.deepEqual([formatEndpoint('10.0.0.1', 80), formatEndpoint('::1', 80)], ['10.0.0.1:80', '[::1]:80']);
});
