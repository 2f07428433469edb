/** SSL: what SSL_GET shows servers that ask for a certificate. */
import { isAbsolute } from 'node:path';
import { quote } from '../diagnostic.ts';
import { block, type ValueRow } from '../keyword.ts';
import { custom, firstWord, refuse, text } from '../row_builders.ts';

/** Of a file in PEM. */
function file(doc: string): ValueRow<string> {
  const expects = 'an absolute path';
  return custom({
    doc,
    expects,
    read: (call) => {
      const word = firstWord(call, expects);
      if (!word || isAbsolute(word.text)) return word?.text;
      return refuse(call, 'BAD_VALUE', {
        message: `Cannot use ${call.keyword.text} ${quote(word.text)}: expected an absolute path`,
      });
    },
  });
}

export const sslKeywords = block({
  password: text('of the key, where it is encrypted'),
  ca: file('certificates that complete the chain; those of servers are not verified'),
  certificate: file('certificate of this director, and those between it and the CA'),
  key: file('private key of the certificate'),
});
