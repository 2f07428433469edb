/** xlb_http: what is open to more people than meant, or has no effect. What is in the files, the daemon says. */
import { isLoopback } from '../../base/address.ts';
import { type Diagnostics, quote } from '../diagnostic.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { FileReader } from '../source.ts';

interface Context {
  readonly reader: FileReader;
  readonly diagnostics: Diagnostics;
}

export function adviseOnHttp(globals: GlobalDefs, { diagnostics, reader }: Context): void {
  const { xlb_http: http, xlb_http_actions: actions, xlb_http_tls: tls, xlb_http_token: token } = globals;
  const files = [
    ...(token ? [{ at: token.at, keyword: 'xlb_http_token', file: token.value }] : []),
    ...(tls
      ? [tls.value.certificate, tls.value.key].map((file) => ({ at: tls.at, keyword: 'xlb_http_tls', file }))
      : []),
  ];
  for (const { at, file, keyword } of files) {
    const content = reader.readData?.(file) ?? reader.read(file);
    if ('reason' in content)
      diagnostics.warning('NO_FILE', at, {
        message: `Cannot use ${keyword} ${quote(file)}: ${content.reason}; there is no HTTP until it can be read`,
      });
  }
  if (actions.value && !token)
    diagnostics.warning('CONFLICT', actions.at, {
      message:
        'xlb_http_actions has no effect: no xlb_http_token is written, and nobody changes anything without it',
      help: 'write xlb_http_token FILE; openssl rand -hex 32 makes a token',
    });
  if (http.value === 'off' || isLoopback(http.value.host)) return;
  if (!token)
    diagnostics.warning('CONFLICT', http.at, {
      message: `Whoever reaches ${http.value.host} can read status and metrics: no xlb_http_token is written`,
      help: 'write xlb_http_token FILE, or listen on 127.0.0.1',
    });
  else if (!tls)
    diagnostics.note('CONFLICT', http.at, {
      message: 'The token can be read on its way: HTTP is not encrypted here',
      help: 'write xlb_http_tls CERTIFICATE KEY',
    });
}
