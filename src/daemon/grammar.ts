/** The grammar of keepalived.conf as this build knows it: config/'s own keywords and every checker's. */
import { tcpCheckKeywords } from '../check/tcp_check.keywords.ts';
import { makeGrammar } from '../config/load.ts';

/** Every checker, by listing. */
export const grammar = makeGrammar([tcpCheckKeywords]);

export const { loadConfig, parseConfig } = grammar;
