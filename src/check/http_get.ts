/** HTTP_GET: a real server is healthy when it answers the check's urls as expected. */
import { connect } from 'node:net';
import type { HttpGetConfig } from '../config/model.ts';
import type { Checker } from './checker.ts';
import { connectOptions } from './connect_options.ts';
import { webPhrases } from './web_phrases.ts';
import { getUrls } from './web_request.ts';

export const httpGet: Checker<HttpGetConfig> = {
  keyword: 'HTTP_GET',
  ...webPhrases,
  run: (check, signal) =>
    getUrls(check, signal, { ready: 'connect', connect: () => connect(connectOptions(check)) }),
};
