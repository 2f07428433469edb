/** The grammar of keepalived.conf as this build knows it: config/'s own keywords and every checker's. */
import { fileCheckKeywords } from '../check/file_check.keywords.ts';
import { miscCheckKeywords } from '../check/misc_check.keywords.ts';
import { tcpCheckKeywords } from '../check/tcp_check.keywords.ts';
import { makeGrammar } from '../config/load.ts';

/** Every checker, by listing. */
export const grammar = makeGrammar([tcpCheckKeywords, miscCheckKeywords, fileCheckKeywords]);

export const { loadConfig, parseConfig } = grammar;
