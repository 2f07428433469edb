/** The grammar of keepalived.conf as this build knows it: config/'s own keywords and every checker's. */
import { bfdCheckKeywords } from '../check/bfd_check.keywords.ts';
import { dnsCheckKeywords } from '../check/dns_check.keywords.ts';
import { fileCheckKeywords } from '../check/file_check.keywords.ts';
import { httpGetKeywords } from '../check/http_get.keywords.ts';
import { miscCheckKeywords } from '../check/misc_check.keywords.ts';
import { pingCheckKeywords } from '../check/ping_check.keywords.ts';
import { smtpCheckKeywords } from '../check/smtp_check.keywords.ts';
import { sslGetKeywords } from '../check/ssl_get.keywords.ts';
import { tcpCheckKeywords } from '../check/tcp_check.keywords.ts';
import { udpCheckKeywords } from '../check/udp_check.keywords.ts';
import { makeGrammar } from '../config/load.ts';

/** Every checker, by listing. */
export const checkerKeywords = [
  tcpCheckKeywords,
  pingCheckKeywords,
  udpCheckKeywords,
  dnsCheckKeywords,
  smtpCheckKeywords,
  httpGetKeywords,
  sslGetKeywords,
  miscCheckKeywords,
  fileCheckKeywords,
  bfdCheckKeywords,
] as const;

export const grammar = makeGrammar(checkerKeywords);

export const { loadConfig, parseConfig, explainFile } = grammar;
