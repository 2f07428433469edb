/** The SSL block: files -> what SSL_GET is told of them. Reads them, so that what is wrong is known at once. */
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { Field } from '../keyword.ts';
import type { RootFields } from '../keywords/root.ts';
import type { SslIdentityConfig } from '../model.ts';
import type { FileReader } from '../source.ts';

interface Context {
  readonly reader: FileReader;
  readonly diagnostics: Diagnostics;
}

type Parsed = RootFields['SSL'][number];

/** Undefined: none is written, or it is reported. */
export function buildSslIdentity(
  parsed: Parsed | undefined,
  context: Context,
): SslIdentityConfig | undefined {
  if (parsed === undefined || !isComplete(parsed, context)) return undefined;
  const { password, ca, certificate, key } = parsed.fields;
  const texts = {
    ca: readFile('ca', ca, context),
    certificate: readFile('certificate', certificate, context),
    key: readFile('key', key, context),
  };
  certificateIn('ca', { field: ca, text: texts.ca }, context);
  const own = certificateIn('certificate', { field: certificate, text: texts.certificate }, context);
  const secret = keyIn({ field: key, text: texts.key, password: password?.value }, context);
  if (key && own && secret && !own.checkPrivateKey(secret))
    context.diagnostics.error('CONFLICT', key.at, {
      message: `Cannot use key ${quote(key.value)}: it is the key of another certificate`,
    });
  return {
    ...(ca ? { ca: ca.value } : {}),
    ...(certificate ? { certificate: certificate.value } : {}),
    ...(key ? { key: key.value } : {}),
    ...(password ? { password: password.value } : {}),
    revision: createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16),
  };
}

/** A certificate without its key, or a key without its certificate, shows nothing. */
function isComplete({ at, fields, written }: Parsed, { diagnostics }: Context): boolean {
  const { certificate, key } = fields;
  for (const [has, lacks] of [
    ['certificate', 'key'],
    ['key', 'certificate'],
  ] as const) {
    if (!fields[has] || written.has(lacks)) continue;
    diagnostics.error('MISSING_KEYWORD', fields[has].at, {
      message: `Cannot use this ${has}: no ${lacks} is written`,
      help: `write \`${lacks} FILE\`; one file in PEM may hold both`,
    });
  }
  if (!written.has('certificate') && !written.has('key') && !written.has('ca'))
    diagnostics.warning('EMPTY', at, { message: 'SSL has no effect: no certificate and no key is written' });
  return (certificate === undefined) === (key === undefined);
}

function readFile(
  keyword: string,
  field: Field<string> | undefined,
  { reader, diagnostics }: Context,
): string | undefined {
  if (!field) return undefined;
  const content = reader.readData?.(field.value) ?? reader.read(field.value);
  if ('text' in content) return content.text;
  diagnostics.error('NO_FILE', field.at, {
    message: `Cannot use ${keyword} ${quote(field.value)}: ${content.reason}`,
  });
  return undefined;
}

interface FoundText {
  readonly field: Field<string> | undefined;
  readonly text: string | undefined;
}

function certificateIn(
  keyword: string,
  { field, text }: FoundText,
  { diagnostics }: Context,
): X509Certificate | undefined {
  if (!field || text === undefined) return undefined;
  try {
    return new X509Certificate(text);
  } catch {
    diagnostics.error('BAD_VALUE', field.at, {
      message: `Cannot use ${keyword} ${quote(field.value)}: expected a certificate in PEM`,
      help: 'it begins with -----BEGIN CERTIFICATE-----; openssl x509 converts other forms',
    });
    return undefined;
  }
}

function keyIn(
  { field, text, password }: FoundText & { readonly password: string | undefined },
  { diagnostics }: Context,
): KeyObject | undefined {
  if (!field || text === undefined) return undefined;
  try {
    return createPrivateKey({
      key: text,
      format: 'pem',
      ...(password === undefined ? {} : { passphrase: password }),
    });
  } catch {
    const encrypted = /ENCRYPTED/.test(text);
    const other =
      password === undefined ? 'it is encrypted, and no password is written' : 'the password is another';
    diagnostics.error('BAD_VALUE', field.at, {
      message: `Cannot use key ${quote(field.value)}: ${encrypted ? other : 'expected a private key in PEM'}`,
      ...(encrypted ? { help: 'write password WORD in the SSL block' } : {}),
    });
    return undefined;
  }
}
